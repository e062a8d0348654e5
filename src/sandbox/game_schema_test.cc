#include "sandbox/game_schema.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "sandbox/calendar.h"
#include "sandbox/copy_capture_test_support.h"
#include "sandbox/game_generator.h"
#include "sandbox/postgres_cluster.h"

namespace pgattic::sandbox {
namespace {

OpContext Soon() { return OpContext().WithDeadline(std::chrono::minutes(2)); }

/// A cluster with one database for each test.
class GameSchemaTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { cluster_ = PostgresCluster::Start(Soon(), {}).value(); }
  static void TearDownTestSuite() { cluster_.reset(); }

  void SetUp() override {
    database_ = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    ASSERT_EQ(Psql("postgres", "postgres", "CREATE DATABASE \"" + database_ + "\";"), "");
  }

  /// Feeds `script` to psql and returns its output or its complaint.
  std::string Psql(const std::string& database, const std::string& user,
                   const std::string& script) {
    const Result<SubprocessOutcome> outcome =
        Subprocess::Run(Soon(), {.argv = {cluster_->bin_dir() + "/psql", "-XAtq", "-v",
                                          "ON_ERROR_STOP=1", "-d", cluster_->Url(database, user)},
                                 .env = {{"PGTZ", "Asia/Tokyo"}, {"PGOPTIONS", "-c search_path="}},
                                 .working_folder = "/",
                                 .input = script});
    if (!outcome.ok()) return outcome.status().ToString();
    return outcome.value().exit.ok() ? outcome.value().out : "failed: " + outcome.value().err;
  }
  std::string Sql(const std::string& script, const std::string& user = "postgres") {
    return Psql(database_, user, script);
  }

  static std::unique_ptr<PostgresCluster> cluster_;
  std::string database_;
};
std::unique_ptr<PostgresCluster> GameSchemaTest::cluster_;

TEST_F(GameSchemaTest, MakesPartitionsWithBoundsInUtcWhateverTheSession) {
  ASSERT_EQ(Sql(GameSchemaSql({.months = MonthsFrom({2023, 12}, 2)}).value()), "");
  EXPECT_EQ(Sql("SET TimeZone = 'UTC'; SELECT c.relname, pg_get_expr(relpartbound, c.oid) "
                "FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid "
                "WHERE inhparent = 'public.past_games'::regclass ORDER BY 1;"),
            "past_games_2023_12|FOR VALUES FROM ('2023-12-01 00:00:00+00') TO "
            "('2024-01-01 00:00:00+00')\n"
            "past_games_2024_01|FOR VALUES FROM ('2024-01-01 00:00:00+00') TO "
            "('2024-02-01 00:00:00+00')\n");
  ASSERT_EQ(
      Sql(GamePartitionsSql({.months = MonthsFrom({2024, 2}, 1), .bounds_zone = "America/New_York"})
              .value()
              .insert(0, "DROP TABLE public.past_games_2024_01;")),
      "");
  EXPECT_EQ(Sql("SET TimeZone = 'UTC'; SELECT pg_get_expr(relpartbound, oid) FROM pg_class "
                "WHERE oid = 'public.past_games_2024_02'::regclass;"),
            "FOR VALUES FROM ('2024-02-01 05:00:00+00') TO ('2024-03-01 05:00:00+00')\n");
}

TEST_F(GameSchemaTest, ColumnsAreThoseOfTheApplication) {
  ASSERT_EQ(Sql(GameSchemaSql({}).value()), "");
  EXPECT_EQ(Sql("SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod) || "
                "CASE WHEN attnotnull THEN ' !' ELSE '' END, ', ' ORDER BY attnum) "
                "FROM pg_attribute WHERE attrelid = 'public.past_games'::regclass "
                "AND attnum > 0;"),
            "gid text !, created_at timestamp with time zone !, game_end_reason smallint !, "
            "winner_idx smallint, game_request jsonb !, game_document jsonb !, stats jsonb !, "
            "quickdata jsonb !, type smallint !, tournament_data jsonb\n");
  EXPECT_EQ(Sql("SELECT relname, (SELECT count(*) FROM pg_attribute WHERE attrelid = oid AND "
                "attnum > 0), (SELECT count(*) FROM pg_index WHERE indrelid = oid), (SELECT "
                "count(*) FROM pg_constraint WHERE conrelid = c.oid) FROM pg_class c WHERE "
                "relname IN ('games', 'past_games', 'game_players') ORDER BY 1;"),
            "game_players|14|5|4\ngames|24|9|3\npast_games|10|4|0\n");
}

TEST_F(GameSchemaTest, OwnerIsUnprivilegedAndMayMakeSchemas) {
  ASSERT_EQ(Sql(GameSchemaSql({.owner = "owner_x"}).value()), "");
  EXPECT_EQ(Sql("SELECT rolsuper, rolcreaterole, rolcreatedb, rolcanlogin FROM pg_roles "
                "WHERE rolname = current_user;",
                "owner_x"),
            "f|f|f|t\n");
  EXPECT_EQ(Sql("CREATE SCHEMA pgattic; DROP TABLE public.past_games;", "owner_x"), "");
}

TEST_F(GameSchemaTest, TakesTheGeneratorsRows) {
  ASSERT_EQ(Sql(GameSchemaSql({.months = MonthsFrom({2024, 1}, 2)}).value()), "");
  CopyCapture capture;
  const GameGenerator generator({.rows_per_month = 250});
  ASSERT_TRUE(generator.WriteUsers(capture).ok());
  for (const model::YearMonth& month : MonthsFrom({2024, 1}, 2)) {
    ASSERT_TRUE(generator.WriteMonth(UtcMonth(month), capture).ok());
    ASSERT_TRUE(generator.WriteEndings(UtcMonth(month), capture).ok());
  }
  ASSERT_EQ(Sql(capture.script, "woogles"), "");
  EXPECT_EQ(Sql("SELECT count(*) FROM public.past_games_2024_01;"
                "SELECT count(*) FROM public.past_games WHERE created_at = '2024-01-01Z';"
                "SELECT count(*) FROM public.games WHERE history IS NOT NULL;"
                "SELECT count(*) > 0 FROM public.past_games WHERE "
                "stats -> 'x' ->> 'a' = '9223372036854775808';"),
            "254\n1\n" +
                std::to_string(std::ranges::count_if(
                    capture.rows["public.games"],
                    [](const CopyRow& row) { return row.at("history").has_value(); })) +
                "\nt\n");
}

TEST(GameSchema, RefusesNamesThatNeedQuotes) {
  for (const char* owner : {"", "Woogles", "a b", "x;--", "1a"}) {
    EXPECT_TRUE(GameSchemaSql({.owner = owner}).Is(Code::kInvalidArgument)) << owner;
  }
  EXPECT_TRUE(GameSchemaSql({.bounds_zone = "U'TC"}).Is(Code::kInvalidArgument));
  EXPECT_TRUE(GamePartitionsSql({.months = {{2024, 13}}}).Is(Code::kInvalidArgument));
  EXPECT_EQ(PartitionName({2024, 1}), "past_games_2024_01");
}

}  // namespace
}  // namespace pgattic::sandbox
