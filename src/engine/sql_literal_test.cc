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

TEST(WithParameters, GivesTheValuesToWhatIsExplained) {
  EXPECT_EQ(WithParameters({"EXPLAIN (TYPE io) SELECT ?;", {"1"}, {}}, {"integer"}).value(),
            "EXPLAIN (TYPE io) EXECUTE IMMEDIATE 'SELECT ?' USING CAST('1' AS integer)");
  EXPECT_EQ(WithParameters({"EXPLAIN ANALYZE SELECT ?", {"1"}, {}}, {}).value(),
            "EXECUTE IMMEDIATE 'EXPLAIN ANALYZE SELECT ?' USING '1'");
  EXPECT_EQ(WithParameters({"EXPLAIN SELECT 1", {}, {}}, {}).value(), "EXPLAIN SELECT 1");
}

TEST(WithParameters, CastsAValueToWhatItsPlaceWants) {
  EXPECT_EQ(
      WithParameters({"SELECT ?, ?, ?, ?", {"1", "2024-01-01", "1", "9"}, {}},
                     {"integer", "timestamp(3) with time zone", "varchar(5)"})
          .value(),
      "EXECUTE IMMEDIATE 'SELECT ?, ?, ?, ?' USING CAST('1' AS integer), CAST('2024-01-01' AS "
      "timestamp(6) with time zone), '1', '9'");
  EXPECT_EQ(WithParameters({"SELECT ?, ?, ?", {std::nullopt, "TRUE", "1e-1"}, {}},
                           {"integer", "boolean", "double"})
                .value(),
            "EXECUTE IMMEDIATE 'SELECT ?, ?, ?' USING NULL, CAST('TRUE' AS boolean), CAST('1e-1' "
            "AS double)");
  EXPECT_EQ(WithParameters({"SELECT ?", {"1"}, {}}, {"integer) --'"}).value(),
            "EXECUTE IMMEDIATE 'SELECT ?' USING '1'")
      << "no type of Trino's";
}

TEST(WithParameters, RoundsNoNumberToItsPlace) {
  EXPECT_EQ(WithParameters({"SELECT ?, ?, ?, ?", {"1.5", "1.255", "-7", "1.5'"}, {}},
                           {"bigint", "decimal(6,2)", "decimal(6,2)", "decimal(6,2)"})
                .value(),
            "EXECUTE IMMEDIATE 'SELECT ?, ?, ?, ?' USING DECIMAL '1.5', DECIMAL '1.255', DECIMAL "
            "'-7', CAST('1.5''' AS decimal(6,2))");
}

}  // namespace
}  // namespace pgattic::engine
