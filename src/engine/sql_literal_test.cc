#include "engine/sql_literal.h"

#include <gtest/gtest.h>

namespace pgattic::engine {
namespace {

TEST(Literal, QuotesWhateverAValueHolds) {
  EXPECT_EQ(Literal("g-1").value(), "'g-1'");
  EXPECT_EQ(Literal("").value(), "''");
  EXPECT_EQ(Literal(std::nullopt).value(), "NULL");
  EXPECT_EQ(Literal("x' OR '1'='1").value(), "'x'' OR ''1''=''1'");
  EXPECT_EQ(Literal("\\'").value(), "'\\'''");
  EXPECT_EQ(Literal("\xC3\xA9\n").value(), "'\xC3\xA9\n'");
}

TEST(Literal, RefusesWhatTheEngineWouldChange) {
  EXPECT_TRUE(Literal("\xFF").Is(Code::kInvalidArgument));
  EXPECT_TRUE(Literal(std::string("a\0b", 3)).Is(Code::kInvalidArgument));
}

TEST(OneStatement, LosesItsSemicolon) {
  EXPECT_EQ(OneStatement("SELECT 1 ;\n; "), "SELECT 1");
  EXPECT_EQ(OneStatement("SELECT ';'"), "SELECT ';'");
  EXPECT_EQ(OneStatement(" ; "), "");
}

TEST(WithParameters, LeavesTheStatementAloneWithoutAny) {
  EXPECT_EQ(WithParameters({"SELECT 1;", {}, {}}, {}).value(), "SELECT 1");
}

TEST(WithParameters, QuotesTheStatementAndEachValue) {
  EXPECT_EQ(WithParameters({"SELECT 'a' WHERE ? = ?;", {"x'y", std::nullopt}, {}}, {}).value(),
            "EXECUTE IMMEDIATE 'SELECT ''a'' WHERE ? = ?' USING 'x''y', NULL");
  EXPECT_TRUE(WithParameters({"SELECT ?", {"\xFF"}, {}}, {}).Is(Code::kInvalidArgument));
}

TEST(WithParameters, CastsAValueToWhatItsPlaceWants) {
  EXPECT_EQ(
      WithParameters({"SELECT ?, ?, ?, ?", {"1", "2024-01-01", "1", "9"}, {}},
                     {"integer", "timestamp(3) with time zone", "varchar(5)"})
          .value(),
      "EXECUTE IMMEDIATE 'SELECT ?, ?, ?, ?' USING CAST('1' AS integer), CAST('2024-01-01' AS "
      "timestamp(3) with time zone), '1', '9'");
  EXPECT_EQ(WithParameters({"SELECT ?", {"1"}, {}}, {"integer) --'"}).value(),
            "EXECUTE IMMEDIATE 'SELECT ?' USING '1'")
      << "no type of Trino's";
}

}  // namespace
}  // namespace pgattic::engine
