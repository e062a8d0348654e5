#include "base/log.h"

#include <gtest/gtest.h>

namespace pgattic::log {
namespace {

TEST(LogLineTest, LeavesPlainWordsAsTheyAre) {
  EXPECT_EQ(Line("part-uploaded", {{"key", "year=2024/a.parquet"}, {"rows", "12"}}),
            "part-uploaded key=year=2024/a.parquet rows=12");
  EXPECT_EQ(Line("swap", {}), "swap");
}

TEST(LogLineTest, NothingInAValueBeginsAnotherFieldOrLine) {
  EXPECT_EQ(Line("failed", {{"error", "no \"x\"\nfake-event code=ok \x1b[31m \\"}}),
            R"(failed error="no \"x\"\nfake-event code=ok \x1b[31m \\")");
  EXPECT_EQ(Line("failed", {{"error", ""}}), R"(failed error="")");
}

}  // namespace
}  // namespace pgattic::log
