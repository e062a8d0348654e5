// `get` finds every row and says "absent" of none that exists: spellings of ids, renamed columns,
// broken parts, several archives, dates, odd values.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "cache/redis_server_fixture.h"
#include "game_archive.h"

namespace pgattic::test {
namespace {

class Get : public GameArchive {
 protected:
  /// Makes public.things, two months of one row a value of `rows`, owned and configured.
  void Make(const std::string& columns, const std::string& key) {
    GameArchive::LoadMonths({1}, 1);
    Sql("CREATE TABLE public.things (" + columns + ") PARTITION BY RANGE (" + key + ")");
    Sql("CREATE TABLE public.things_1 PARTITION OF public.things FOR VALUES FROM ('2024-01-01') "
        "TO ('2024-02-01')");
    Sql("CREATE TABLE public.things_2 PARTITION OF public.things FOR VALUES FROM ('2024-02-01') "
        "TO ('2024-03-01')");
    UseIdColumn("id");
    ASSERT_EQ(Pgattic({"init"}).code, 0);
  }
  void UseIdColumn(const std::string& name) {
    ConfigureSource(
        "[run]\nsingle_part_size = \"1\"\npart_size = \"16KiB\"\nworkers = 1\n[[source]]\n"
        "table = \"public.things\"\nid_column = \"" +
        name + "\"\ngrace = \"0\"\n");
  }
  void Archive() {
    const Ran ran = Pgattic({"archive"});
    ASSERT_EQ(ran.code, 0) << ran.out << ran.err;
  }
  /// Damages every byte of the parts (or filters) of a month.
  void Damage(const std::string& month, const std::string& ending) {
    int damaged = 0;
    for (const std::string& file : Files()) {
      if (file.find("month=" + month) == file.npos || !file.ends_with(ending)) continue;
      std::filesystem::remove(archive_folder() + "/" + file);
      ++damaged;
    }
    ASSERT_GT(damaged, 0);
  }
  std::string Said(const std::vector<std::string>& arguments) {
    std::vector<std::string> all = {"get"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const Ran ran = Pgattic(all);
    const auto json = ran.json();
    if (!json.is_object()) return ran.out + ran.err;
    const std::string said = json.value("availability", "?");
    return said == "available" ? json.at("tier").get<std::string>() : said;
  }
};

TEST_F(Get, FindsAnIntegerHoweverItIsSpelled) {
  Make("id int NOT NULL, at timestamptz NOT NULL", "at");
  Sql("INSERT INTO public.things SELECT i, '2024-01-05' FROM generate_series(-20, 200) i");
  const std::vector<std::string> spellings = {"7", "007", "+7", " 7 ", " -7", " -0007", "0x7"};
  for (const std::string& id : spellings) EXPECT_EQ(Said({id}), "database") << id;
  Archive();
  for (const std::string& id : spellings) EXPECT_EQ(Said({id}), "archive") << id;
  for (const char* id : {"7 7", "", "7.0", "99999999999", "seven", "9223372036854775808"}) {
    EXPECT_EQ(Said({id}), "absent") << id;
  }
}

TEST_F(Get, FindsAUuidHoweverItIsSpelled) {
  Make("id uuid NOT NULL, at timestamptz NOT NULL", "at");
  Sql("INSERT INTO public.things VALUES ('6f9619ff-8b86-d011-b42d-00c04fc964ff', '2024-01-05')");
  const std::vector<std::string> spellings = {
      "6F9619FF-8B86-D011-B42D-00C04FC964FF", "{6f9619ff-8b86-d011-b42d-00c04fc964ff}",
      "6f9619ff8b86d011b42d00c04fc964ff", "6f96-19ff-8b86-d011-b42d-00c0-4fc9-64ff"};
  for (const std::string& id : spellings) EXPECT_EQ(Said({id}), "database") << id;
  Archive();
  for (const std::string& id : spellings) EXPECT_EQ(Said({id}), "archive") << id;
  for (const char* id : {"6f9619ff", "{6f9619ff-8b86-d011-b42d-00c04fc964ff", "x"}) {
    EXPECT_EQ(Said({id}), "absent") << id;
  }
}

TEST_F(Get, TakesATextIdAsItIs) {
  Make("id varchar(12) NOT NULL, at timestamptz NOT NULL", "at");
  Sql("INSERT INTO public.things VALUES ('a', '2024-01-05'), ('b ', '2024-01-05')");
  Archive();
  EXPECT_EQ(Said({"a"}), "archive");
  EXPECT_EQ(Said({"b "}), "archive");
  for (const char* id : {"a ", "b", "A", "\xff\xfe", "a much longer id than the type takes"}) {
    EXPECT_EQ(Said({id}), "absent") << id;
  }
}

TEST_F(Get, KnowsColumnsUnderTheirNamesOfThen) {
  Make("gone int, id int NOT NULL, at timestamptz NOT NULL, note text", "at");
  Sql("INSERT INTO public.things VALUES (1, 5, '2024-01-05', 'old')");
  Archive();
  Sql("ALTER TABLE public.things RENAME COLUMN at TO happened_at");
  Sql("ALTER TABLE public.things RENAME COLUMN id TO number");
  Sql("ALTER TABLE public.things DROP COLUMN gone");
  Sql("ALTER TABLE public.things ADD COLUMN at text");
  Sql("INSERT INTO public.things VALUES (6, '2024-02-05', 'new', 'x')");
  UseIdColumn("number");
  EXPECT_EQ(Said({"5"}), "archive");
  EXPECT_EQ(Said({"5", "--created-at", "2024-01-05"}), "archive");
  EXPECT_EQ(Said({"5", "--created-at", "2024-01-06"}), "absent");
  Archive();
  EXPECT_EQ(Said({"6", "--created-at", "2024-02-05"}), "archive");
  EXPECT_EQ(Said({"6"}), "archive");
}

TEST_F(Get, ABrokenArchiveHidesNoRowOfAnother) {
  Make("id int NOT NULL, at timestamptz NOT NULL", "at");
  Sql("INSERT INTO public.things SELECT i, '2024-01-05' FROM generate_series(1, 99) i");
  Sql("INSERT INTO public.things SELECT i, '2024-02-05' FROM generate_series(50, 150) i");
  Archive();
  Damage("01", ".parquet");
  Damage("01", ".idfilter");
  EXPECT_EQ(Said({"120"}), "archive");
  EXPECT_EQ(Said({"60"}), "archive");
  EXPECT_EQ(Said({"10"}), "temporarily_unavailable");
  EXPECT_EQ(Said({"10", "--created-at", "2024-02-05"}), "absent");
  EXPECT_EQ(Said({"1000"}), "absent");
}

TEST_F(Get, ADateColumnIsComparedByItsDay) {
  Make("id int NOT NULL, at date NOT NULL", "at");
  Sql("INSERT INTO public.things VALUES (5, '2024-01-05')");
  for (const char* tier : {"database", "archive"}) {
    if (std::string(tier) == "archive") Archive();
    EXPECT_EQ(Said({"5", "--created-at", "2024-01-05"}), tier);
    EXPECT_EQ(Said({"5", "--created-at", "2024-01-05T10:30:00Z"}), tier);
    EXPECT_EQ(Said({"5", "--created-at", "2024-01-06T01:00:00+02:00"}), tier);
    EXPECT_EQ(Said({"5", "--created-at", "2024-01-06"}), "absent");
  }
}

TEST_F(Get, ATimestampIsTakenForUtc) {
  Make("id int NOT NULL, at timestamp NOT NULL", "at");
  Sql("INSERT INTO public.things VALUES (5, '2024-01-05 10:30:00.123456')");
  for (const char* tier : {"database", "archive"}) {
    if (std::string(tier) == "archive") Archive();
    EXPECT_EQ(Said({"5", "--created-at", "2024-01-05 10:30:00.123456"}), tier);
    EXPECT_EQ(Said({"5", "--created-at", "2024-01-05T12:30:00.123456+02:00"}), tier);
    EXPECT_EQ(Said({"5", "--created-at", "2024-01-05 10:30:00"}), "absent");
  }
}

TEST_F(Get, PrintsOneLineARowWhateverTheValuesAre) {
  Make(
      "id int NOT NULL, at timestamptz NOT NULL, j json, m money, n money, d float8, f float4, "
      "t timestamptz, u timestamptz",
      "at");
  Sql("INSERT INTO public.things VALUES (5, '2024-01-05', "
      "E'{\"a\":\\n\\t[1,\\r\\n2],\"b\":\"\\\\n\"}', "
      "'-1234567.8'::numeric::money, '0.05'::numeric::money, 'NaN', '-Infinity', "
      "'0044-03-15 12:00:00+00 BC', '-infinity')");
  const std::string row =
      R"("row": {"id": 5, "at": "2024-01-05T00:00:00Z", "j": {"a":  [1,  2],"b":"\n"}, )"
      R"("m": "-$1,234,567.80", "n": "$0.05", "d": "NaN", "f": "-Infinity", )"
      R"("t": "0044-03-15 12:00:00+00 BC", "u": "-infinity"}})";
  EXPECT_NE(Pgattic({"get", "5"}).out.find(row), std::string::npos) << Pgattic({"get", "5"}).out;
  Archive();
  const Ran ran = Pgattic({"get", "5"});
  EXPECT_NE(ran.out.find(row), std::string::npos) << ran.out;
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1);
}

TEST_F(Get, AGameIsFoundThoughGamesKnowsItWrong) {
  LoadMonths({1, 2}, 30);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  const auto ids = Sql(
      "SELECT min(p.gid) FROM public.past_games p JOIN public.games g ON g.uuid = p.gid GROUP BY "
      "p.gid HAVING count(*) = 1 ORDER BY 1 LIMIT 4");
  ASSERT_EQ(ids.size(), 4U);
  Archive();
  Sql("UPDATE public.games SET created_at = '2024-02-20 01:02:03' WHERE uuid = '" + ids[0] + "'");
  Sql("UPDATE public.games SET created_at = 'infinity' WHERE uuid = '" + ids[1] + "'");
  Sql("UPDATE public.games SET created_at = NULL WHERE uuid = '" + ids[2] + "'");
  Sql("DELETE FROM public.games WHERE uuid = '" + ids[3] + "'");
  for (const std::string& id : ids) EXPECT_EQ(Said({id}), "archive") << id;
  Sql("ALTER TABLE public.games RENAME TO no_games");
  for (const std::string& id : ids) EXPECT_EQ(Said({id}), "archive") << id;
}

TEST_F(Get, ARowIsKeptInRedisUnderTheArchiveItIsOf) {
  Make("id int NOT NULL, at timestamptz NOT NULL", "at");
  Sql("INSERT INTO public.things SELECT i, '2024-01-05' FROM generate_series(1, 99) i");
  cache::RedisServer redis;
  const std::map<std::string, std::string> env = {
      {"PGATTIC_CACHE_URL", "unix://" + redis.socket_path()}};
  const auto tier = [&](const std::string& id) {
    const auto json = Pgattic({"get", id}, env).json();
    return json.is_object() ? json.at("tier").dump() : "?";
  };
  EXPECT_EQ(tier("7"), "\"database\"");
  Archive();
  EXPECT_EQ(tier("7"), "\"archive\"");
  EXPECT_EQ(tier("007"), "\"cache\"");
  // Another database may have an archive of the same number, name and state.
  Sql("UPDATE pgattic.archive SET nonce = 'another'");
  EXPECT_EQ(tier("7"), "\"archive\"");
  EXPECT_EQ(tier("7"), "\"cache\"");
  redis.Kill();
  EXPECT_EQ(tier("7"), "\"archive\"");
}

}  // namespace
}  // namespace pgattic::test
