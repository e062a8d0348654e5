#include "engine/explain_text.h"

#include <gtest/gtest.h>

namespace pgattic::engine {
namespace {

std::string Split(const std::string& sql) {
  const ExplainText text = SplitExplain(sql);
  return text.head + "|" + text.statement + (text.runs ? "|runs" : "");
}

TEST(ExplainText, SplitsBehindItsOptions) {
  EXPECT_EQ(Split("EXPLAIN SELECT 1"), "EXPLAIN |SELECT 1");
  EXPECT_EQ(Split(" explain\n(TYPE io, FORMAT json)\nSELECT (1)"),
            " explain\n(TYPE io, FORMAT json)\n|SELECT (1)");
  EXPECT_EQ(Split("Explain Analyze Verbose SELECT 1"), "Explain Analyze Verbose |SELECT 1|runs");
  EXPECT_EQ(Split("EXPLAIN ANALYZE (FORMAT json) SELECT 1"),
            "EXPLAIN ANALYZE (FORMAT json) |SELECT 1|runs");
  EXPECT_EQ(Split("EXPLAIN (FORMAT json, ANALYZE) SELECT 1"),
            "EXPLAIN (FORMAT json, ANALYZE) |SELECT 1|runs");
}

TEST(ExplainText, AStatementInParenthesesIsNoOption) {
  EXPECT_EQ(Split("EXPLAIN (SELECT 1)"), "EXPLAIN |(SELECT 1)");
  EXPECT_EQ(Split("EXPLAIN (WITH a AS (SELECT 1) SELECT * FROM a)"),
            "EXPLAIN |(WITH a AS (SELECT 1) SELECT * FROM a)");
  EXPECT_EQ(Split("EXPLAIN (analyzed)"), "EXPLAIN |(analyzed)");
  EXPECT_EQ(Split("EXPLAIN (ANALYZE \") SELECT 1 /*\") x */"),
            "EXPLAIN |(ANALYZE \") SELECT 1 /*\") x */");
}

TEST(ExplainText, LeavesWhatIsNoneAlone) {
  for (const char* sql : {"SELECT 1", "", "explained", "explain_ 1", "/* */ EXPLAIN SELECT 1"}) {
    EXPECT_EQ(Split(sql), "|" + std::string(sql));
  }
  EXPECT_EQ(Split("EXPLAIN"), "EXPLAIN|");
  EXPECT_EQ(Split("EXPLAIN (format"), "EXPLAIN |(format");
}

}  // namespace
}  // namespace pgattic::engine
