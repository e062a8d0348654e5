#include "analytics/view_sql.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pgattic::analytics {
namespace {

model::Column Column(const std::string& name, model::Transport transport) {
  return {name, {0, -1, "t"}, true, transport};
}

TEST(ViewSql, QuotesNamesAndFiles) {
  const std::string sql =
      ArchiveSql({{"/a'b/x.parquet"}, true}, {{"we\"ird", "INTEGER"}}, std::nullopt, {});
  EXPECT_EQ(sql,
            "SELECT \"we\"\"ird\", \"year\", \"month\" FROM read_parquet(['/a''b/x.parquet'], "
            "union_by_name = true, hive_partitioning = true, hive_types = {'year': INTEGER, "
            "'month': INTEGER})");
}

TEST(ViewSql, HasColumnsButNoRowWithoutFiles) {
  EXPECT_EQ(ArchiveSql({{}, false}, {{"a", "INTEGER"}, {"b", "VARCHAR"}}, {}, {}),
            "SELECT CAST(NULL AS INTEGER) AS \"a\", CAST(NULL AS VARCHAR) AS \"b\" WHERE false");
}

TEST(ViewSql, ColumnsThatSomeFileLacksFailWhenTheyAreRead) {
  EXPECT_EQ(ArchiveSql({{"/f"}, false}, {{"a", "INTEGER"}, {"b", "VARCHAR"}}, {{"a"}}, {}),
            "SELECT \"a\", CAST(error(concat('" + std::string(kNotNarrow) +
                "', random())) AS VARCHAR) AS \"b\" FROM read_parquet(['/f'], "
                "union_by_name = true, hive_partitioning = false)");
}

TEST(ViewSql, ColumnsThatNoFileHasAreNull) {
  EXPECT_EQ(ArchiveSql({{"/f"}, false}, {{"a", "INTEGER"}, {"b", "DATE"}}, std::nullopt, {"b"}),
            "SELECT \"a\", CAST(NULL AS DATE) AS \"b\" FROM read_parquet(['/f'], "
            "union_by_name = true, hive_partitioning = false)");
}

TEST(ViewSql, AColumnOfTheSourceStandsBeforeThePartitions) {
  EXPECT_TRUE(HasOwnMonth({{"Year", "TEXT"}}));
  EXPECT_FALSE(HasOwnMonth({{"years", "TEXT"}}));
  EXPECT_EQ(WithMonth({{"MONTH", "DATE"}}).size(), 1U);
  EXPECT_EQ(WithMonth({{"a", "DATE"}}).size(), 3U);
}

TEST(ViewSql, KnowsTheTypesOfAnArchivesFile) {
  using enum model::Transport;
  EXPECT_EQ(DuckDbTypeOf(Column("a", kBool)), "BOOLEAN");
  EXPECT_EQ(DuckDbTypeOf(Column("a", kMoney)), "BIGINT");
  EXPECT_EQ(DuckDbTypeOf(Column("a", kTimestampTz)), "TIMESTAMP WITH TIME ZONE");
  EXPECT_EQ(DuckDbTypeOf(Column("a", kJsonb)), "VARCHAR");
  EXPECT_EQ(DuckDbTypeOf(Column("a", kBinary)), "BLOB");
  model::Column decimal = Column("a", kDecimal);
  decimal.type.typmod = ((10 << 16) | 2) + 4;  // numeric(10,2)
  EXPECT_EQ(DuckDbTypeOf(decimal), "DECIMAL(10,2)");
}

TEST(ViewSql, AColumnThatWasNotFetchedFailsWhenItIsRead) {
  const std::string sql = LiveSql("/f", {{"id", "INTEGER"}, {"a", "DATE"}}, {"id"}, "id");
  EXPECT_EQ(sql,
            "SELECT CAST(\"id\" AS INTEGER) AS \"id\", CAST(error(concat('" +
                std::string(kNotFetched) +
                "', \"id\")) AS DATE) AS \"a\" FROM read_parquet('/f', hive_partitioning = false)");
}

}  // namespace
}  // namespace pgattic::analytics
