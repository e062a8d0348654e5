// The two texts that describe a file's columns: pgattic.schema (JSON) and ARROW:schema.
#include <arrow/buffer.h>
#include <arrow/ipc/writer.h>
#include <arrow/type.h>
#include <arrow/util/base64.h>
#include <arrow/util/key_value_metadata.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "columnar/arrow_error.h"
#include "columnar/parquet_schema.h"

namespace pgattic::columnar {
namespace {

using model::Column;
using model::TableSchema;
using nlohmann::json;

Status Malformed(const std::string& what) {
  return {Code::kCorruption,
          "the file's metadata " + std::string(kSchemaKey) + " is damaged: " + what};
}

template <typename T>
bool ReadInteger(const json& object, const char* key, T& value) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return false;
  const auto number = found->get<std::int64_t>();
  if (!std::in_range<T>(number)) return false;
  value = static_cast<T>(number);
  return true;
}

bool ReadString(const json& object, const char* key, std::string& value) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return false;
  value = found->get_ref<const std::string&>();
  return true;
}

bool ReadBool(const json& object, const char* key, bool& value) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_boolean()) return false;
  value = found->get<bool>();
  return true;
}

Result<Column> ColumnFromJson(const json& object, bool& is_id) {
  Column column;
  std::string transport;
  if (!object.is_object() || !ReadString(object, "name", column.name) ||
      !ReadString(object, "pg_type", column.type.formatted) ||
      !ReadInteger(object, "oid", column.type.oid) ||
      !ReadInteger(object, "typmod", column.type.typmod) ||
      !ReadString(object, "transport", transport) ||
      !ReadBool(object, "nullable", column.nullable) || !ReadBool(object, "id", is_id)) {
    return Malformed("a column lacks a field or has one of another kind");
  }
  PGATTIC_ASSIGN_OR_RETURN(column.transport, model::TransportFromName(transport));
  return column;
}

std::shared_ptr<arrow::DataType> ArrowTypeOf(const Column& column) {
  using enum model::Transport;
  switch (column.transport) {
    case kBool:
      return arrow::boolean();
    case kInt16:
      return arrow::int16();
    case kInt32:
      return arrow::int32();
    case kInt64:
    case kOid:
    case kMoney:
      return arrow::int64();
    case kFloat32:
      return arrow::float32();
    case kFloat64:
      return arrow::float64();
    case kDecimal: {
      const model::DecimalShape shape = model::DecimalShapeOf(column.type.typmod);
      return arrow::decimal128(shape.precision, shape.scale);
    }
    case kDate:
      return arrow::date32();
    case kTime:
      return arrow::time64(arrow::TimeUnit::MICRO);
    case kTimestamp:
      return arrow::timestamp(arrow::TimeUnit::MICRO);
    case kTimestampTz:
      return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case kBinary:
      return arrow::binary();
    case kString:
    case kJsonb:
    case kText:
      break;
  }
  return arrow::utf8();
}

}  // namespace

std::string ToJson(const TableSchema& schema) {
  json columns = json::array();
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    const Column& column = schema.columns[i];
    columns.push_back({{"name", column.name},
                       {"pg_type", column.type.formatted},
                       {"oid", column.type.oid},
                       {"typmod", column.type.typmod},
                       {"transport", model::TransportName(column.transport)},
                       {"nullable", column.nullable},
                       {"id", i == schema.id_index}});
  }
  return columns.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<TableSchema> FromJson(const std::string& text) {
  const json columns = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!columns.is_array()) return Malformed("no array");
  TableSchema schema;
  schema.id_index = columns.size();
  for (const json& object : columns) {
    bool is_id = false;
    auto column = ColumnFromJson(object, is_id);
    if (!column.ok()) return Malformed(column.error().message);
    if (is_id) schema.id_index = schema.columns.size();
    schema.columns.push_back(std::move(column).value());
  }
  if (Status valid = ValidateSchema(schema); !valid.ok()) {
    return Malformed(valid.error().message);
  }
  return schema;
}

Result<std::string> ToArrowSchema(const TableSchema& schema) {
  arrow::FieldVector fields;
  for (const Column& column : schema.columns) {
    fields.push_back(arrow::field(
        column.name, ArrowTypeOf(column), column.nullable,
        arrow::key_value_metadata({"pg_type", "pg_typmod"},
                                  {column.type.formatted, std::to_string(column.type.typmod)})));
  }
  const auto bytes = arrow::ipc::SerializeSchema(*arrow::schema(fields));
  if (!bytes.ok()) return FromArrow(bytes.status(), ArrowUse::kWriting);
  return arrow::util::base64_encode((*bytes)->ToString());
}

}  // namespace pgattic::columnar
