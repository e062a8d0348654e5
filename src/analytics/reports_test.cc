#include "analytics/reports.h"

#include <gtest/gtest.h>

#include <set>

namespace pgattic::analytics {
namespace {

TEST(Reports, HaveNamesOfTheirOwnAndAskTheTableGiven) {
  std::set<std::string_view> names;
  for (const Report& report : Reports()) {
    EXPECT_TRUE(names.insert(report.name).second) << report.name;
    EXPECT_FALSE(report.title.empty());
    const std::string sql = SqlOf(report, "some_table", "trino");
    EXPECT_EQ(sql.find('{'), sql.npos) << report.name;
    EXPECT_NE(sql.find("some_table"), sql.npos) << report.name;
    EXPECT_NE(sql.find("ORDER BY"), sql.npos) << report.name << ": an answer has an order";
    EXPECT_EQ(sql.find("->"), sql.npos) << report.name << ": Trino has no such operator";
    EXPECT_EQ(sql.find("::"), sql.npos) << report.name << ": Trino has no such operator";
  }
}

TEST(Reports, AskNoCalendarOfDuckDbForEachGame) {
  for (const Report& report : Reports()) {
    const std::string sql = SqlOf(report, "t", "duckdb");
    EXPECT_EQ(sql.find("CAST(created_at"), sql.npos) << report.name;
    EXPECT_EQ(sql.find("', created_at)"), sql.npos) << report.name;
  }
  EXPECT_NE(SqlOf(**FindReport("games-per-day"), "t", "duckdb").find("epoch_us(created_at)"),
            std::string::npos);
}

TEST(Reports, NamesThoseThatThereAre) {
  const auto found = FindReport("bingos");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ((*found)->name, "bingos");
  const auto none = FindReport("bingo");
  ASSERT_FALSE(none.ok());
  EXPECT_NE(none.status().ToString().find("games-per-day, "), std::string::npos);
}

}  // namespace
}  // namespace pgattic::analytics
