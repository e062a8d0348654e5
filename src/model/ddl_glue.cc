// Source: AWS Glue Web API Reference, CreateTable; Athena User Guide, "Set up partition
// projection".
#include <nlohmann/json.hpp>

#include "model/ddl_dialects.h"

namespace pgattic::model {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kInput = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat";
constexpr const char* kOutput = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat";
constexpr const char* kSerde = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe";

}  // namespace

std::string GlueJson(const TableShape& shape) {
  Json columns = Json::array();
  for (const UnitedColumn& column : shape.columns) {
    columns.push_back({{"Name", column.name},
                       {"Type", HiveType(column)},
                       {"Comment", CommentOf(column).substr(0, 255)}});  // Glue's limit.
  }
  const std::string year = "projection." + shape.year_column;
  const std::string month = "projection." + shape.month_column;
  const Json parameters = {
      {"EXTERNAL", "TRUE"},
      {"classification", "parquet"},
      {"projection.enabled", "true"},
      {year + ".type", "integer"},
      {year + ".range", std::to_string(shape.first_year) + "," + std::to_string(shape.last_year)},
      {month + ".type", "integer"},
      {month + ".range", "1,12"},
      {month + ".digits", "2"},
      {"storage.location.template",
       shape.location + "year=${" + shape.year_column + "}/month=${" + shape.month_column + "}/"}};
  const Json table = {
      {"Name", shape.files_name},
      {"Description", shape.comment},
      {"TableType", "EXTERNAL_TABLE"},
      {"Parameters", parameters},
      {"PartitionKeys",
       {{{"Name", shape.year_column}, {"Type", "int"}},
        {{"Name", shape.month_column}, {"Type", "int"}}}},
      {"StorageDescriptor",
       {{"Columns", columns},
        {"Location", shape.location},
        {"InputFormat", kInput},
        {"OutputFormat", kOutput},
        {"SerdeInfo",
         {{"SerializationLibrary", kSerde}, {"Parameters", {{"serialization.format", "1"}}}}}}}};
  const Json request = {{"DatabaseName", shape.schema.empty() ? "default" : shape.schema},
                        {"TableInput", table}};
  return request.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pgattic::model
