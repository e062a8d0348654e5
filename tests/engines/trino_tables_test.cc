// The table as `pgattic ddl` defines it, in a real Trino: every row, whatever the months went
// through.
#include <fstream>

#include "engine_archive.h"
#include "s3/s3_object_store.h"

namespace pgattic::test {
namespace {

class TrinoTables : public EngineArchive {
 protected:
  std::vector<std::string> Before() { return RowsOfDatabase(); }
  void Archive(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"archive"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ran ran = Pgattic(arguments);
    ASSERT_EQ(ran.code, 0) << ran.err << ran.out;
  }
};

TEST_F(TrinoTables, HoldEveryRowOfEveryMonth) {
  LoadMonths({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12}, 20);
  const auto before = Before();
  ASSERT_EQ(before.size(), 220U);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  Archive();
  ASSERT_EQ(One("SELECT count(*) FROM public.past_games"), "0");
  DefineInTrino();
  EXPECT_EQ(RowsInTrino("past_games"), before);
  EXPECT_EQ(RowsInTrino("past_games_files"), before) << "sidecars do not disturb";
  EXPECT_EQ(InTrino("SELECT month, count(*) FROM past_games GROUP BY 1 ORDER BY 1"),
            (std::vector<std::string>{"1|20", "2|20", "3|20", "4|20", "5|20", "6|20", "7|20",
                                      "8|20", "9|20", "10|20", "12|20"}));
  EXPECT_EQ(InTrino("SELECT count(*) FROM past_games_files WHERE year = 2023 OR month IN (0, 11)"),
            std::vector<std::string>{"0"})
      << "out of the range, or without a folder: no rows, no error";
  const std::string gid = before.front().substr(0, before.front().find('\x1f'));
  EXPECT_EQ(InTrino("SELECT gid FROM past_games WHERE gid = ?", {gid}),
            std::vector<std::string>{gid});
  EXPECT_EQ(InTrino("SELECT count(*) FROM past_games WHERE year = ? AND month = ?", {"2024", "9"}),
            std::vector<std::string>{"20"})
      << "a number where one is wanted";
  EXPECT_EQ(InTrino("SELECT count(*) FROM past_games WHERE created_at >= ? AND month < ?",
                    {"2024-12-01 00:00:00", "12.5"}),
            std::vector<std::string>{"20"})
      << "a moment, and a number that no month is";
  for (const char* attack : {"x' OR '1'='1", "' OR 1=1 --", "'; DROP TABLE past_games", "\\"}) {
    EXPECT_TRUE(InTrino("SELECT gid FROM past_games WHERE gid = ?", {attack}).empty()) << attack;
  }
}

TEST_F(TrinoTables, TheTableByAthenasOwnPropertiesIsTheSame) {
  LoadMonths({1, 11}, 30);
  const auto before = Before();
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  Archive();
  DefineByGlue();
  EXPECT_EQ(RowsInTrino("past_games_files"), before);
  EXPECT_EQ(InTrino("SELECT count(*) FROM past_games_files WHERE year = 2024 AND month = 1"),
            std::vector<std::string>{"30"});
}

TEST_F(TrinoTables, ShowOnlyThePartsThatCount) {
  LoadMonths({3}, 20);
  const auto before = Before();
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  Archive();
  DefineInTrino();
  const auto store = s3::S3ObjectStore::Open(s3().OptionsFor(bucket())).value();
  const std::string folder = "partitions/year=2024/month=03/";
  const auto part = store->Get({}, folder + "games_2024_03.parquet", {});
  ASSERT_TRUE(part.ok());
  ASSERT_TRUE(store->Put({}, folder + "games_2024_03.a9.0009.parquet", AsBytes(*part), {}).ok());
  EXPECT_EQ(InTrino("SELECT count(*) FROM past_games_files"), std::vector<std::string>{"40"});
  EXPECT_EQ(RowsInTrino("past_games"), before);
}

TEST_F(TrinoTables, UniteTheColumnsOfThreeYearsOfSchemas) {
  LoadMonths({1, 2, 3}, 10);
  const auto before = Before();
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  Archive({"--partition", "past_games_2024_01"});
  Sql("ALTER TABLE public.past_games ADD COLUMN rated boolean DEFAULT true, ADD COLUMN moves "
      "smallint, ADD COLUMN price numeric(6,2)");
  Sql("UPDATE public.past_games SET moves = 7, price = 1.25");
  Sql("ANALYZE public.past_games");
  Archive({"--partition", "past_games_2024_02", "--set", "source.allow_changes=true"});
  Sql("ALTER TABLE public.past_games DROP COLUMN rated");
  Sql("ALTER TABLE public.past_games ALTER COLUMN moves TYPE bigint");
  Sql("ALTER TABLE public.past_games ALTER COLUMN price TYPE numeric(9,3)");
  Sql("UPDATE public.past_games SET moves = 5000000000");
  Archive({"--set", "source.allow_changes=true"});
  DefineInTrino();
  EXPECT_EQ(RowsInTrino("past_games"), before);
  EXPECT_EQ(
      InTrino("SELECT month, rated, moves, price, count(*) FROM past_games GROUP BY 1, 2, 3, "
              "4 ORDER BY 1"),
      (std::vector<std::string>{"1|~|~|~|10", "2|true|7|1.250|10", "3|~|5000000000|1.250|10"}));
  EXPECT_NE(StoredDefinition().find("boolean. NULL in past_games_2024_03, past_games_2024_01"),
            std::string::npos)
      << StoredDefinition();
}

TEST_F(TrinoTables, FollowLateRowsAndFurtherYears) {
  LoadMonths({1}, 20);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  Archive();
  DefineInTrino();
  const std::string first = StoredDefinition();
  EXPECT_NE(first.find("'projection.year.range' = '2024,2024'"), first.npos) << first;
  EXPECT_NE(first.find("CREATE EXTERNAL TABLE `past_games_files`"), first.npos);
  Archive();
  EXPECT_EQ(StoredDefinition(), first) << "nothing was published";
  Sql("INSERT INTO public.past_games (gid, created_at, game_end_reason, type) VALUES ('lateone1', "
      "'2024-01-20', 2, 0)");
  Sql("CREATE TABLE public.past_games_2022_12 PARTITION OF public.past_games FOR VALUES FROM "
      "('2022-12-01 00:00:00+00') TO ('2023-01-01 00:00:00+00')");
  Sql("INSERT INTO public.past_games (gid, created_at, game_end_reason, type) VALUES ('early', "
      "'2022-12-31 23:59:59.999999+00', 2, 0)");
  Archive();
  EXPECT_EQ(InTrino("SELECT count(*) FROM past_games_files"), std::vector<std::string>{"21"})
      << "the year is out of the former range";
  EXPECT_EQ(InTrino("SELECT count(*) FROM past_games"), std::vector<std::string>{"20"});
  const std::string second = StoredDefinition();
  EXPECT_NE(second.find("'projection.year.range' = '2022,2024'"), second.npos) << second;
  DefineInTrino();
  EXPECT_EQ(InTrino("SELECT count(*) FROM past_games"), std::vector<std::string>{"22"});
  EXPECT_EQ(
      InTrino("SELECT created_at FROM past_games WHERE gid = ? AND year = 2022 AND month = 12",
              {"early"}),
      std::vector<std::string>{"2022-12-31 23:59:59.999999"});
  EXPECT_EQ(InTrino("SELECT gid FROM past_games WHERE gid = 'lateone1'"),
            std::vector<std::string>{"lateone1"});
}

TEST_F(TrinoTables, FollowAGenerationInWhichPartsWereReplaced) {
  LoadMonths({3}, 20);
  auto rows = Before();
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  Archive();
  DefineInTrino();
  const std::string gid = rows.front().substr(0, rows.front().find('\x1f'));
  rows.erase(rows.begin());
  ASSERT_EQ(Pgattic({"erase", gid}).code, 0);
  EXPECT_EQ(RowsInTrino("past_games_files"), rows) << "the former part is deleted";
  EXPECT_TRUE(InTrino("SELECT gid FROM past_games").empty()) << "the view names the former part";
  DefineInTrino();
  EXPECT_EQ(RowsInTrino("past_games"), rows);
}

TEST_F(TrinoTables, ARolledBackMonthLeavesTheDefinition) {
  LoadMonths({1, 2}, 10);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  Archive({"--until", "marked"});
  EXPECT_NE(StoredDefinition().find("games_2024_01.parquet"), std::string::npos);
  ASSERT_EQ(Pgattic({"rollback", "past_games_2024_01"}).code, 0);
  EXPECT_EQ(StoredDefinition().find("games_2024_01.parquet"), std::string::npos);
  EXPECT_NE(StoredDefinition().find("games_2024_02.parquet"), std::string::npos);
  ASSERT_EQ(Pgattic({"rollback", "past_games_2024_02"}).code, 0);
  EXPECT_EQ(StoredDefinition(), "");
  const Ran none = Pgattic({"ddl", "trino"});
  EXPECT_EQ(none.code, 1);
  EXPECT_NE(none.err.find("nothing is archived yet"), none.err.npos) << none.err;
}

TEST_F(TrinoTables, EveryTypeIsReadAsItsOwn) {
  LoadMonths({1}, 1);
  Sql("CREATE TABLE public.things (id bigint NOT NULL, at timestamptz NOT NULL, b boolean, i2 "
      "smallint, i4 integer, f4 real, f8 double precision, d numeric(12,4), n numeric, day date, "
      "t time, ts timestamp, j jsonb, u uuid, bin bytea, list integer[], \"Year\" integer, \"odd "
      "\"\"name\" text) PARTITION BY RANGE (at)");
  Sql("CREATE TABLE public.things_1 PARTITION OF public.things FOR VALUES FROM ('2024-01-01') TO "
      "('2024-02-01')");
  Sql("INSERT INTO public.things VALUES (9007199254740993, '2024-01-05 01:02:03.456789+00', true, "
      "-7, 8, 1.5, 0.1, 12345678.9012, 1e40, '2024-02-29', '23:59:59.999999', '2024-01-01 "
      "00:00:00.000001', '{\"a\": 1}', '00000000-0000-0000-0000-000000000001', '\\x01ff', "
      "'{1,2}', 1999, 'it''s')");
  Sql("INSERT INTO public.things (id, at) VALUES (2, '2024-01-06')");
  std::ofstream(config(), std::ios::app)
      << "[[source]]\ntable = \"public.things\"\nid_column = \"id\"\ngrace = \"0\"\n";
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  Archive({"--partition", "things_1"});
  DefineInTrino();
  EXPECT_EQ(
      InTrino(
          "SELECT id, at, b, i2, i4, f4, f8, d, n, day, t, ts, j, u, bin, list, \"year\", \"odd "
          "\"\"name\", archive_year, month FROM things WHERE archive_year = 2024 ORDER BY id "
          "DESC"),
      (std::vector<std::string>{
          "9007199254740993|2024-01-05 01:02:03.456789|true|-7|8|1.5|0.1|12345678.9012|"
          "10000000000000000000000000000000000000000|2024-02-29|86399999999|2024-01-01 "
          "00:00:00.000001|{\"a\": 1}|00000000-0000-0000-0000-000000000001|Af8=|{1,2}|1999|it's|"
          "2024|1",
          "2|2024-01-06 00:00:00.000000|~|~|~|~|~|~|~|~|~|~|~|~|~|~|~|~|2024|1"}));
}

}  // namespace
}  // namespace pgattic::test
