#include "tests/types/column_kinds.h"

#include <array>
#include <cstdint>
#include <limits>
#include <utility>

#include "tests/types/kind_of.h"
#include "tests/types/sql_values.h"
#include "tests/types/structured_kinds.h"

namespace pgattic::test {
namespace {

using sandbox::Random;

template <typename Integer>
ColumnKind IntegerKind(const std::string& type) {
  using Limits = std::numeric_limits<Integer>;
  return Of(type, [](Random& random) {
    return IntegerText(random, std::int64_t{Limits::min()}, std::int64_t{Limits::max()});
  });
}

ColumnKind FloatKind(const std::string& type, std::string (*text)(Random&)) {
  return {type, [type, text](Random& random) {
            // A NaN with its sign set prints like any other.
            return (random.Chance(0.1) ? "-" : "") + ("(" + Literal(text(random), type) + ")");
          }};
}

ColumnKind NumericOf(int precision, int scale, bool wild) {
  const std::string type =
      "numeric(" + std::to_string(precision) + "," + std::to_string(scale) + ")";
  return Of(type, [=](Random& values) -> std::string {
    if (wild && values.Chance(0.3)) return "NaN";
    const int digits = values.Chance(0.3) ? precision : values.Between(1, precision);
    return (values.Chance(0.4) ? "-" : "") + Digits(values, digits) + "e" + std::to_string(-scale);
  });
}

ColumnKind NumericKind(Random& random) {
  const int precision = random.Chance(0.8) ? random.Between(1, 38) : random.Between(39, 1000);
  return NumericOf(precision, random.Between(0, precision), random.Chance(0.3));
}

ColumnKind WideScaleKind(Random& random) {
  const int precision = random.Between(1, 40);
  const int scale = random.Chance(0.5) ? random.Between(-1000, -1)
                                       : random.Between(precision + 1, precision + 900);
  return NumericOf(precision, scale, false);
}

ColumnKind TextKind(Random& random) {
  static const std::vector<std::string> kTypes = {
      "text", "varchar", "name", "contrib.citext", "types.code", "text COLLATE pg_catalog.\"C\""};
  const std::string declared = OneOf(random, kTypes);
  ColumnKind kind = Of(declared.substr(0, declared.find(' ')), [](Random& values) {
    std::string text = AnyText(values, values.Chance(0.02) ? 20'000 : 30);
    if (values.Chance(0.01)) text += std::string(200'000, 'z');
    return text;
  });
  kind.type = declared;
  return kind;
}

ColumnKind LengthKind(Random& random) {
  const std::string type =
      (random.Chance(0.5) ? "varchar(" : "char(") + std::to_string(random.Between(1, 40)) + ")";
  return Of(type, [](Random& values) { return AnyText(values, 40); });
}

ColumnKind CharKind() {
  return Of("\"char\"", [](Random& random) {
    return random.Chance(0.1) ? "" : std::string(1, static_cast<char>(random.Between(1, 127)));
  });
}

ColumnKind BitKind(Random& random) {
  const int bits = random.Between(1, 70);
  if (random.Chance(0.5)) {
    return Of("bit(" + std::to_string(bits) + ")",
              [bits](Random& values) { return Bits(values, bits); });
  }
  return Of("bit varying",
            [bits](Random& values) { return Bits(values, values.Between(0, bits)); });
}

ColumnKind JsonKind() {
  return {"json", [](Random& random) {
            static const std::vector<std::string> kTexts = {"{\"a\": 1, \"a\":2 }",
                                                            " [1, 2.50,1e400 ] ",
                                                            "\"\\u0000\\ud83d\\ude00\"",
                                                            "null",
                                                            "-0",
                                                            "{}"};
            if (random.Chance(0.4)) return Literal(OneOf(random, kTexts), "json");
            return "pg_catalog.json_build_object(" + Literal(AnyText(random, 9), "text") + "," +
                   Literal(AnyText(random, 90), "text") + ")";
          }};
}

ColumnKind JsonbKind() {
  return {"jsonb", [](Random& random) {
            if (random.Chance(0.2)) return Literal("[1.00, -0, 1e300, {\"b\":[]}]", "jsonb");
            return "pg_catalog.jsonb_build_object(" + Literal(AnyText(random, 9), "text") + "," +
                   Literal(AnyText(random, 90), "text") + ",'z',pg_catalog.jsonb_build_array(" +
                   SmallNumber(random) + ",NULL,true))";
          }};
}

ColumnKind XmlKind() {
  return Choice("xml", {"<a b=\"c\">d &amp; e</a>", "plain &lt; text", "",
                        "<?xml version=\"1.0\"?><a>\u20ac</a>",
                        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><r/>",
                        "<?xml version=\"1.0\" standalone=\"yes\"?><r/>",
                        "<?xml version=\"1.1\" encoding=\"UTF-8\"?>\n<r>\n</r>\n"});
}

ColumnKind TsvectorKind() {
  return {"tsvector", [](Random& random) {
            if (random.Chance(0.5))
              return Literal("a:1A,2B 'it''s':16383 \"q\" '\\\\':3C", "tsvector");
            return "pg_catalog.to_tsvector('pg_catalog.simple'," +
                   Literal(AnyText(random, 40), "text") + ")";
          }};
}

ColumnKind TsqueryKind() {
  return Choice("tsquery",
                {"a & !b | c <-> d", "'it''s' & ( 'x' | 'y':*AB )", "!!a", "a <5> b", ""});
}

ColumnKind MoneyKind() {
  return Of("money", [](Random& random) -> std::string {
    static const std::vector<std::string> kTexts = {"92233720368547758.07", "-92233720368547758.08",
                                                    "0", "-0.01", "1234567.89"};
    return random.Chance(0.5) ? OneOf(random, kTexts) : SmallNumber(random);
  });
}

ColumnKind NetworkKind(Random& random) {
  switch (random.Below(4)) {
    case 0:
      return Of("inet", InetText);
    case 1:
      return {"cidr", [](Random& values) {
                return "pg_catalog.network(" + Literal(InetText(values), "inet") + ")";
              }};
    case 2:
      return Of("macaddr", [](Random& values) { return Hex(values, 6); });
    default:
      return Of("macaddr8", [](Random& values) { return Hex(values, 8); });
  }
}

ColumnKind TimeKind(Random& random) {
  const Reach reach = AnyReach(random);
  const std::string digits =
      random.Chance(0.3) ? "(" + std::to_string(random.Between(0, 6)) + ")" : "";
  switch (random.Below(5)) {
    case 0:
      return Of("date", [reach](Random& values) { return DateText(values, reach); });
    case 1:
      // Rounding to fewer digits can make 24:00 of the last microsecond.
      return Of("time" + digits, [reach](Random& values) { return TimeText(values, reach); });
    case 2:
      return Of("time" + digits + " with time zone",
                [reach](Random& values) { return TimeText(values, reach) + ZoneText(values); });
    case 3:
      return Of("timestamp" + digits,
                [reach](Random& values) { return TimestampText(values, reach); });
    default:
      return Of("timestamp" + digits + " with time zone",
                [reach](Random& values) { return TimestampText(values, reach); });
  }
}

using Maker = ColumnKind (*)(Random&);

constexpr std::array<Maker, 31> kMakers = {
    [](Random&) {
      return Choice("boolean", {"t", "f"});
    },
    [](Random&) { return IntegerKind<std::int16_t>("smallint"); },
    [](Random&) { return IntegerKind<std::int32_t>("integer"); },
    [](Random&) { return IntegerKind<std::int64_t>("bigint"); },
    [](Random&) { return IntegerKind<std::uint32_t>("oid"); },
    [](Random&) { return FloatKind("float4", FloatText); },
    [](Random&) { return FloatKind("float8", DoubleText); },
    [](Random&) { return Of("numeric", NumericText); },
    NumericKind,
    TextKind,
    LengthKind,
    [](Random&) { return CharKind(); },
    [](Random&) {
      return Of("bytea", [](Random& values) {
        return "\\x" + Hex(values, values.Chance(0.02) ? 50'000 : values.Between(0, 40));
      });
    },
    [](Random&) { return Of("uuid", [](Random& values) { return Hex(values, 16); }); },
    TimeKind,
    TimeKind,
    TimeKind,
    [](Random&) { return Of("interval", IntervalText); },
    [](Random&) { return JsonKind(); },
    [](Random&) { return JsonbKind(); },
    [](Random&) { return XmlKind(); },
    [](Random& random) { return random.Chance(0.5) ? TsvectorKind() : TsqueryKind(); },
    GeometricKind,
    [](Random&) { return MoneyKind(); },
    NetworkKind,
    BitKind,
    [](Random& random) { return random.Chance(0.5) ? HstoreKind() : SystemKind(random); },
    AnyRange,
    UserKind,
    CompositeKind,
    WideScaleKind,
};
constexpr int kWideScalesSince = 150'000;

}  // namespace

const char* KindsPrelude() {
  return R"sql(
CREATE SCHEMA types;
CREATE SCHEMA contrib;
CREATE EXTENSION hstore SCHEMA contrib;
CREATE EXTENSION citext SCHEMA contrib;
CREATE EXTENSION ltree SCHEMA contrib;
CREATE TYPE types.mood AS ENUM ('ok', 'so so', 'it''s "bad"', '', 'ü,{}\');
CREATE DOMAIN types.amount AS numeric(7,3);
CREATE DOMAIN types.percent AS types.amount CHECK (VALUE <> 1000);
CREATE DOMAIN types.code AS text;
CREATE DOMAIN types.days AS date;
CREATE DOMAIN types.numbers AS int4[];
CREATE TYPE types.pair AS (a integer, "b c" text);
CREATE DOMAIN types.pair_domain AS types.pair;
CREATE TYPE types.deep AS (p types.pair, m types.mood, l integer[], n numeric(6,2), c char(3));
CREATE TYPE types.textrange AS RANGE (subtype = text, collation = pg_catalog."C"))sql";
}

int ScalarKindCount(int server_version) {
  return static_cast<int>(kMakers.size()) - (server_version < kWideScalesSince ? 1 : 0);
}

ColumnKind ScalarKind(int index, Random& random) {
  return kMakers.at(static_cast<std::size_t>(index))(random);
}

ColumnKind RandomKind(int server_version, Random& random) {
  const auto count = static_cast<std::uint64_t>(ScalarKindCount(server_version));
  ColumnKind kind = ScalarKind(static_cast<int>(random.Below(count)), random);
  return random.Chance(0.25) ? ArrayOf(std::move(kind)) : kind;
}

}  // namespace pgattic::test
