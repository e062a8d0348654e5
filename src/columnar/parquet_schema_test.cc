#include "columnar/parquet_schema.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "columnar/test_support.h"

namespace pgattic::columnar {
namespace {

using testing::MakeColumn;
using testing::MakeSchema;

model::TableSchema EveryType() {
  std::vector<model::Column> columns;
  for (const std::uint32_t oid : {25U, 16U, 21U, 23U, 20U, 26U, 790U, 700U, 701U, 1082U, 1083U,
                                  1114U, 1184U, 3802U, 17U, 600U}) {
    columns.push_back(MakeColumn("c" + std::to_string(oid), oid));
  }
  columns.push_back(MakeColumn("c.1700", 1700, testing::NumericTypmod(38, 10), false));
  columns.push_back(MakeColumn("naïve \"name\"", 25));
  return MakeSchema(columns, 4);
}

TEST(ParquetSchemaTest, JsonComesBack) {
  const auto parsed = FromJson(ToJson(EveryType()));
  ASSERT_TRUE(parsed.ok()) << parsed.error().ToString();
  EXPECT_EQ(parsed->columns, EveryType().columns);
  EXPECT_EQ(parsed->id_index, 4U);
}

TEST(ParquetSchemaTest, RefusesJsonThatItDoesNotWrite) {
  const std::string good = ToJson(MakeSchema({MakeColumn("id", 25)}));
  for (const std::string& bad :
       {std::string(), std::string("{}"), std::string("[]"), std::string("[1]"), std::string("["),
        good.substr(0, good.size() - 1)}) {
    EXPECT_TRUE(FromJson(bad).Is(Code::kCorruption)) << bad;
  }
  const std::vector<std::pair<std::string, std::string>> changes{
      {"\"id\":true", "\"id\":false"},
      {"\"id\":true", "\"id\":1"},
      {"\"nullable\"", "\"nulable\""},
      {"\"oid\":25", "\"oid\":-1"},
      {"\"oid\":25", "\"oid\":4294967296"},
      {"\"transport\":\"string\"", "\"transport\":\"x\""},
      {"\"transport\":\"string\"", "\"transport\":\"float64\""},
      {"\"typmod\":-1", "\"typmod\":\"-1\""}};
  for (const auto& [from, to] : changes) {
    std::string bad = good;
    ASSERT_NE(bad.find(from), std::string::npos) << from;
    bad.replace(bad.find(from), from.size(), to);
    EXPECT_TRUE(FromJson(bad).Is(Code::kCorruption)) << bad;
  }
}

TEST(ParquetSchemaTest, EveryColumnBecomesOneLeaf) {
  parquet::SchemaDescriptor descriptor;
  descriptor.Init(ToParquet(EveryType()));
  ASSERT_EQ(descriptor.num_columns(), std::ssize(EveryType().columns));
  EXPECT_EQ(descriptor.Column(2)->logical_type()->ToString(), "Int(bitWidth=16, isSigned=true)");
  EXPECT_TRUE(descriptor.Column(12)->logical_type()->is_timestamp());
  EXPECT_EQ(descriptor.Column(16)->type_length(), 16);
  EXPECT_EQ(descriptor.Column(16)->max_definition_level(), 0);
  EXPECT_EQ(descriptor.Column(0)->max_definition_level(), 1);
}

TEST(ParquetSchemaTest, KeepsStatisticsOfTheIdAndOfNarrowColumns) {
  const model::TableSchema schema = MakeSchema({MakeColumn("id", 25), MakeColumn("text", 25),
                                                MakeColumn("at", 1184), MakeColumn("json", 3802)});
  EXPECT_TRUE(HasStatistics(schema, 0));
  EXPECT_FALSE(HasStatistics(schema, 1));
  EXPECT_TRUE(HasStatistics(schema, 2));
  EXPECT_FALSE(HasStatistics(schema, 3));
}

TEST(ParquetSchemaTest, TellsArrowOfItsTypes) {
  const auto text = ToArrowSchema(EveryType());
  ASSERT_TRUE(text.ok());
  EXPECT_GT(text->size(), 100U);
}

}  // namespace
}  // namespace pgattic::columnar
