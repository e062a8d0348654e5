#include "tests/types/structured_kinds.h"

#include <utility>

#include "tests/types/kind_of.h"
#include "tests/types/sql_values.h"

namespace pgattic::test {
namespace {

using sandbox::Random;

std::string Point(Random& random) {
  return "(" + SmallNumber(random) + "," + SmallNumber(random) + ")";
}

std::string Bound(Random& random, const std::string& value) {
  return random.Chance(0.2) ? "NULL" : value;
}

/// Ranges over `sub`; the bounds come in order by least and greatest.
ColumnKind RangeKind(const std::string& name, const ColumnKind& sub) {
  return {name, [name, sub](Random& random) -> std::string {
            if (random.Chance(0.1)) return Literal("empty", name);
            static const std::vector<std::string> kForms = {"[]", "[)", "(]", "()"};
            const std::string a = sub.value(random);
            const std::string b = sub.value(random);
            return name + "(" + Bound(random, "least(" + a + "," + b + ")") + "," +
                   Bound(random, "greatest(" + a + "," + b + ")") + ",'" + OneOf(random, kForms) +
                   "')";
          }};
}

std::string Pair(Random& random) {
  const std::string number = Literal(IntegerText(random, -9, 9), "int4");
  const std::string text = Literal(AnyText(random, 9), "text");
  return "ROW(" + (random.Chance(0.3) ? "NULL" : number) + "," +
         (random.Chance(0.3) ? "NULL" : text) + ")::types.pair";
}

}  // namespace

ColumnKind GeometricKind(Random& random) {
  switch (random.Below(7)) {
    case 0:
      return Of("point", [](Random& values) {
        return "(" + DoubleText(values) + "," + DoubleText(values) + ")";
      });
    case 1:
      return Of("line", [](Random& values) { return "{1," + SmallNumber(values) + ",-0}"; });
    case 2:
      return Of("lseg",
                [](Random& values) { return "[" + Point(values) + "," + Point(values) + "]"; });
    case 3:
      return Of("box", [](Random& values) { return Point(values) + "," + Point(values); });
    case 4:
      return Of("path", [](Random& values) {
        const std::string points = Point(values) + "," + Point(values) + "," + Point(values);
        return values.Chance(0.5) ? "[" + points + "]" : "(" + points + ")";
      });
    case 5:
      return Of("polygon", [](Random& values) {
        return "(" + Point(values) + "," + Point(values) + "," + Point(values) + ")";
      });
    default:
      return Of("circle", [](Random& values) {
        return "<" + Point(values) + "," + Digits(values, 3) + ".5>";
      });
  }
}

ColumnKind HstoreKind() {
  return {"contrib.hstore", [](Random& random) {
            std::string pairs;
            for (int left = random.Between(0, 4); left > 0; --left) {
              pairs += Literal(AnyText(random, 6), "text") + "," +
                       (random.Chance(0.2) ? "NULL" : Literal(AnyText(random, 9), "text")) +
                       (left > 1 ? "," : "");
            }
            return "contrib.hstore(ARRAY[" + pairs + "]::text[])";
          }};
}

ColumnKind SystemKind(Random& random) {
  switch (random.Below(6)) {
    case 0:
      return Choice("pg_lsn", {"0/0", "FFFFFFFF/FFFFFFFF", "16/B374D848"});
    case 1:
      return Choice("xid8", {"0", "18446744073709551615"});
    case 2:
      return Choice("tid", {"(0,1)", "(4294967295,65535)"});
    case 3:
      return Choice("regtype", {"int4", "types.mood", "text[]"});
    case 4:
      return Choice("oidvector", {"", "1 2 4294967295"});
    default:
      return Choice("contrib.ltree", {"", "a", "Top.Science_1.x"});
  }
}

ColumnKind AnyRange(Random& random) {
  const auto medium = [](Random& values) { return IntegerText(values, -1'000'000, 1'000'000); };
  const Reach reach = AnyReach(random);
  std::string schema = "pg_catalog.";
  std::string stem = "int4";
  ColumnKind sub = Of("int4", medium);
  switch (random.Below(5)) {
    case 0:
      stem = "num";
      sub = Of("numeric", SmallNumber);
      break;
    case 1:
      stem = "ts";
      sub = Of("timestamp", [reach](Random& values) { return TimestampText(values, reach); });
      break;
    case 2:
      schema = "types.";
      stem = "text";
      sub = {"text", [](Random& values) {
               return "(" + Literal(AnyText(values, 9), "text") + " COLLATE pg_catalog.\"C\")";
             }};
      break;
    case 3:
      stem = "int8";
      sub = Of("int8", medium);
      break;
    default:
      break;
  }
  ColumnKind range = RangeKind(schema + stem + "range", sub);
  if (random.Chance(0.6)) return range;
  const std::string multi = schema + stem + "multirange";
  return {multi, [multi, range](Random& values) {
            return multi + "(" + range.value(values) + "," + range.value(values) + ")";
          }};
}

ColumnKind UserKind(Random& random) {
  switch (random.Below(4)) {
    case 0:
      return Choice("types.mood", {"ok", "so so", "it's \"bad\"", "", "\u00fc,{}\\"});
    case 1:
      return Of("types.percent", [](Random& values) { return SmallNumber(values); });
    case 2:
      return Choice("types.numbers", {"{}", "{1,NULL,-3}", "[5:6]={1,2}"});
    default:
      return Of("types.days", [](Random& values) { return DateText(values, Reach::kTame); });
  }
}

ColumnKind CompositeKind(Random& random) {
  const std::string pair = random.Chance(0.5) ? "types.pair" : "types.pair_domain";
  if (random.Chance(0.5)) {
    return {pair, [pair](Random& values) { return Pair(values) + "::" + pair; }};
  }
  return {"types.deep", [](Random& values) {
            return "ROW(" + (values.Chance(0.3) ? "NULL" : Pair(values)) + ",'so so',ARRAY[" +
                   IntegerText(values, 0, 9) + ",NULL],NULL," +
                   Literal(AnyText(values, 3), "char(3)") + ")::types.deep";
          }};
}

ColumnKind ArrayOf(ColumnKind element) {
  const std::string type = element.type.substr(0, element.type.find(" COLLATE")) + "[]";
  return {type, [type, element = std::move(element)](Random& random) -> std::string {
            const auto one = [&] { return random.Chance(0.2) ? "NULL" : element.value(random); };
            const auto cast = [&](const std::string& array) { return "(" + array + ")::" + type; };
            if (random.Chance(0.15)) return Literal("{}", type);
            std::string flat = cast("ARRAY[" + one() + "," + one() + "]");
            if (random.Chance(0.4)) return flat;
            if (random.Chance(0.5)) return cast("'[-2:-1]=' || " + flat + "::text");
            return cast("ARRAY[" + flat + "," + cast("ARRAY[" + one() + "," + one() + "]") + "]");
          }};
}

}  // namespace pgattic::test
