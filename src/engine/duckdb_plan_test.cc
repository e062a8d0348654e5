#include "engine/duckdb_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pgattic::engine {
namespace {

TEST(DuckDbPlan, FindsScansBelowOtherNodes) {
  const auto scans = ParsePlan(R"json([{"name": "PROJECTION", "extra_info": {"Projections": "x"},
      "children": [{"name": "READ_PARQUET", "children": [], "extra_info": {
        "Function": "READ_PARQUET", "Projections": ["a", "b"], "Filters": ["c>1", "d='x'"],
        "File Filters": "(month = 2)", "Scanning Files": "3/24"}},
      {"name": "SEQ_SCAN", "children": [], "extra_info": {"Table": "memory.main.t",
        "Projections": ""}}]}])json");
  ASSERT_TRUE(scans.ok());
  ASSERT_EQ(scans->size(), 2U);
  EXPECT_THAT(scans->at(0).columns, testing::ElementsAre("a", "b"));
  EXPECT_EQ(scans->at(0).files, 3);
  for (const char* name : {"a", "b", "c", "d", "month"}) EXPECT_TRUE(scans->at(0).Touches(name));
  EXPECT_FALSE(scans->at(0).Touches("year"));
  EXPECT_EQ(scans->at(1).table, "memory.main.t");
  EXPECT_TRUE(scans->at(1).columns.empty());
  EXPECT_EQ(scans->at(1).files, std::nullopt);
}

TEST(DuckDbPlan, RefusesWhatIsNoPlan) {
  for (const char* text : {"", "{}", "nonsense", "null"}) {
    const auto scans = ParsePlan(text);
    ASSERT_FALSE(scans.ok()) << text;
    EXPECT_TRUE(scans.status().Is(Code::kInternal));
  }
}

}  // namespace
}  // namespace pgattic::engine
