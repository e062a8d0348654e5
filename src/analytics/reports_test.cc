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
    const std::string sql = SqlOf(report, "some_table");
    EXPECT_EQ(sql.find('{'), sql.npos) << report.name;
    EXPECT_NE(sql.find("some_table"), sql.npos) << report.name;
    EXPECT_NE(sql.find("ORDER BY"), sql.npos) << report.name << ": an answer has an order";
    EXPECT_EQ(sql.find("->"), sql.npos) << report.name << ": Trino has no such operator";
    EXPECT_EQ(sql.find("::"), sql.npos) << report.name << ": Trino has no such operator";
  }
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
