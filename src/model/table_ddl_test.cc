// What the text says; tests/engines shows that Trino takes it and finds every row.
#include "model/table_ddl.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "model/ddl_dialects.h"
#include "model/test_archives.h"

namespace pgattic::model {
namespace {

using Json = nlohmann::json;

const TableOptions kS3{"s3://bucket/some", "", "arch", false};

std::vector<Metadata> Archives() {
  std::vector<Column> columns = {
      Text("gid"),
      {"created_at", {1184, -1, "timestamp with time zone"}, false, Transport::kTimestampTz},
      {"price", {1700, 655366, "numeric(10,2)"}, true, Transport::kDecimal},
      {"at", {1083, -1, "time without time zone"}, true, Transport::kTime}};
  return {ArchiveOf(2025, 1, columns), ArchiveOf(2023, 12, columns)};
}

bool Has(const std::string& text, const std::string& piece) {
  return text.find(piece) != text.npos;
}

TEST(TableDdl, AthenaProjectsTheYearsOfTheArchives) {
  const std::string sql = TableDdl(Dialect::kAthena, Archives(), kS3);
  for (const char* piece :
       {"CREATE EXTERNAL TABLE `arch`.`past_games_files` (", "`gid` string COMMENT 'text'",
        "`created_at` timestamp COMMENT 'timestamp with time zone, UTC'",
        "`price` decimal(10,2) COMMENT 'numeric(10,2)'",
        "`at` bigint COMMENT 'time without time zone, microseconds since midnight'",
        "PARTITIONED BY (`year` int, `month` int)", "LOCATION 's3://bucket/some/partitions/'",
        "'projection.year.range' = '2023,2025'", "'projection.month.range' = '1,12'",
        "'projection.month.digits' = '2'",
        "'storage.location.template' = "
        "'s3://bucket/some/partitions/year=${year}/month=${month}/'",
        "CREATE OR REPLACE VIEW \"arch\".\"past_games\" AS",
        "  's3://bucket/some/partitions/year=2023/month=12/games_2023_12.parquet',\n"
        "  's3://bucket/some/partitions/year=2025/month=01/games_2025_01.parquet');"}) {
    EXPECT_TRUE(Has(sql, piece)) << piece << "\n" << sql;
  }
  EXPECT_FALSE(Has(sql, "-- The archive is a folder"));
}

TEST(TableDdl, OneSourceIsTheArchive) {
  const TableOptions options{"s3://bucket", "", "arch", true};
  EXPECT_TRUE(Has(TableDdl(Dialect::kTrino, Archives(), options),
                  "CREATE OR REPLACE VIEW \"arch\".\"archive\" SECURITY INVOKER AS\n"
                  "SELECT * FROM \"arch\".\"past_games\";\n"));
  for (const Dialect dialect : {Dialect::kAthena, Dialect::kDuckDb}) {
    EXPECT_TRUE(Has(TableDdl(dialect, Archives(), options), "\"archive\" AS\nSELECT * FROM"));
    EXPECT_FALSE(Has(TableDdl(dialect, Archives(), kS3), "\"archive\""));
  }
}

TEST(TableDdl, TrinoHasTheSame) {
  const std::string sql =
      TableDdl(Dialect::kTrino, Archives(), {"s3://bucket", "a.b.c/", "", false});
  for (const char* piece :
       {"CREATE TABLE \"past_games_files\" (", "\"gid\" varchar COMMENT 'text'",
        "\"created_at\" timestamp(6)",
        "SELECT \"gid\", CAST(\"created_at\" AS timestamp(6)) AS \"created_at\", \"price\"",
        "\"price\" decimal(10,2)", "partition_projection_range = ARRAY['2023', '2025']",
        "partition_projection_range = ARRAY['1', '12'], partition_projection_digits = 2",
        "external_location = 's3://bucket/a.b.c/partitions/'"}) {
    EXPECT_TRUE(Has(sql, piece)) << piece << "\n" << sql;
  }
}

TEST(TableDdl, DuckDbReadsThePartsThatCount) {
  const std::string sql = TableDdl(Dialect::kDuckDb, Archives(), {"file:///a", "", "", false});
  EXPECT_TRUE(Has(sql, "read_parquet([\n  'file:///a/partitions/year=2023/month=12/"));
  EXPECT_TRUE(Has(sql, "union_by_name = true, hive_partitioning = true"));
}

TEST(TableDdl, GlueIsARequest) {
  const Json json = Json::parse(TableDdl(Dialect::kGlue, Archives(), kS3));
  EXPECT_EQ(json["DatabaseName"], "arch");
  const Json& table = json["TableInput"];
  EXPECT_EQ(table["Name"], "past_games_files");
  EXPECT_EQ(table["TableType"], "EXTERNAL_TABLE");
  EXPECT_EQ(table["Parameters"]["projection.month.digits"], "2");
  EXPECT_EQ(table["Parameters"]["projection.year.range"], "2023,2025");
  EXPECT_EQ(table["PartitionKeys"],
            Json::parse(R"([{"Name":"year","Type":"int"},{"Name":"month","Type":"int"}])"));
  EXPECT_EQ(table["StorageDescriptor"]["Columns"][2],
            Json::parse(R"j({"Name":"price","Type":"decimal(10,2)","Comment":"numeric(10,2)"})j"));
  EXPECT_EQ(table["StorageDescriptor"]["Location"], "s3://bucket/some/partitions/");
}

TEST(TableDdl, AColumnOfTheSourceGoesBeforeTheFolders) {
  const std::vector<Metadata> archives = {ArchiveOf(2024, 1, {Text("gid"), Text("Year")})};
  const std::string athena = TableDdl(Dialect::kAthena, archives, kS3);
  EXPECT_TRUE(Has(athena, "PARTITIONED BY (`archive_year` int, `month` int)"));
  EXPECT_TRUE(Has(athena, "year=${archive_year}/month=${month}/"));
  EXPECT_TRUE(Has(athena, "'projection.archive_year.range' = '2024,2024'"));
  EXPECT_TRUE(Has(TableDdl(Dialect::kDuckDb, archives, kS3), "hive_partitioning = false"));
}

TEST(TableDdl, NothingInANameEndsItsQuotes) {
  Column odd = Text("a\"b`c");
  odd.type.formatted = "public.\"it's; \\odd\"";
  Metadata archive = ArchiveOf(2024, 1, {odd});
  archive.source = {"d", "s'; --", "T\"`'; DROP"};
  const std::string trino =
      TableDdl(Dialect::kTrino, {archive}, {"s3://b/it's", "", "q\"q", false});
  EXPECT_TRUE(Has(trino, "\"a\"\"b`c\" varchar COMMENT 'public. it s   odd '")) << trino;
  EXPECT_TRUE(Has(trino, "\"q\"\"q\".\"t_____drop\""));
  EXPECT_TRUE(Has(trino, "'s3://b/it''s/partitions/'"));
  const std::string athena = TableDdl(Dialect::kAthena, {archive}, kS3);
  EXPECT_TRUE(Has(athena, "`a\"b``c` string"));
  EXPECT_TRUE(Json::accept(TableDdl(Dialect::kGlue, {archive}, kS3)));
}

TEST(TableDdl, AFolderSaysThatItIsOne) {
  EXPECT_TRUE(Has(TableDdl(Dialect::kAthena, Archives(), {"file:///a", "", "", false}),
                  "-- The archive is a folder"));
}

TEST(Dialect, IsKnownByName) {
  EXPECT_EQ(DialectFromName("glue").value(), Dialect::kGlue);
  const auto unknown = DialectFromName("mysql");
  ASSERT_TRUE(unknown.Is(Code::kInvalidArgument));
  EXPECT_TRUE(Has(unknown.error().message, "athena"));
}

TEST(Dialect, EveryTransportHasAType) {
  UnitedColumn column;
  column.decimal = {5, 1};
  const std::vector<std::pair<Transport, std::string>> types = {
      {Transport::kBool, "boolean"},
      {Transport::kInt16, "smallint"},
      {Transport::kInt32, "int"},
      {Transport::kInt64, "bigint"},
      {Transport::kOid, "bigint"},
      {Transport::kMoney, "bigint"},
      {Transport::kFloat32, "float"},
      {Transport::kFloat64, "double"},
      {Transport::kDecimal, "decimal(5,1)"},
      {Transport::kDate, "date"},
      {Transport::kTime, "bigint"},
      {Transport::kTimestamp, "timestamp"},
      {Transport::kTimestampTz, "timestamp"},
      {Transport::kString, "string"},
      {Transport::kJsonb, "string"},
      {Transport::kText, "string"},
      {Transport::kBinary, "binary"}};
  for (const auto& [transport, type] : types) {
    column.transport = transport;
    EXPECT_EQ(HiveType(column), type);
  }
}

}  // namespace
}  // namespace pgattic::model
