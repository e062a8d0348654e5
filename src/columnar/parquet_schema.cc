#include "columnar/parquet_schema.h"

#include <set>

#include "columnar/codec.h"

namespace pgattic::columnar {
namespace {

using model::Column;
using model::TableSchema;
using model::Transport;
using parquet::LogicalType;

struct Shape {
  std::shared_ptr<const LogicalType> logical;
  int width = -1;  // of a fixed-length byte array
};

std::shared_ptr<const LogicalType> MicrosTimestamp(bool utc) {
  return LogicalType::Timestamp(utc, LogicalType::TimeUnit::MICROS);
}

Shape ShapeOf(const Column& column) {
  using enum Transport;
  switch (column.transport) {
    case kInt16:
      return {LogicalType::Int(16, true)};
    case kDecimal: {
      const DecimalCodec codec = DecimalCodec::Of(column.type.typmod);
      return {LogicalType::Decimal(codec.precision, codec.scale), codec.width};
    }
    case kDate:
      return {LogicalType::Date()};
    case kTime:
      return {LogicalType::Time(false, LogicalType::TimeUnit::MICROS)};
    case kTimestamp:
      return {MicrosTimestamp(false)};
    case kTimestampTz:
      return {MicrosTimestamp(true)};
    case kString:
    case kJsonb:
    case kText:
      return {LogicalType::String()};
    case kBool:
    case kInt32:
    case kInt64:
    case kOid:
    case kMoney:
    case kFloat32:
    case kFloat64:
    case kBinary:
      break;
  }
  return {LogicalType::None()};
}

parquet::schema::NodePtr ToNode(const Column& column) {
  const parquet::Type::type physical =
      VisitCodec(column, [](auto codec) { return decltype(codec)::DType::type_num; });
  const Shape shape = ShapeOf(column);
  return parquet::schema::PrimitiveNode::Make(
      column.name, column.nullable ? parquet::Repetition::OPTIONAL : parquet::Repetition::REQUIRED,
      shape.logical, physical, shape.width);
}

Status Invalid(const Column& column, const std::string& why) {
  return {Code::kInvalidArgument, "column '" + column.name + "' " + why, {"column", column.name}};
}

Status ValidateDecimal(const Column& column) {
  const model::DecimalShape shape = model::DecimalShapeOf(column.type.typmod);
  if (shape.precision >= 1 && shape.precision <= 38 && shape.scale >= 0 &&
      shape.scale <= shape.precision) {
    return Status::Ok();
  }
  return Invalid(column, "is a numeric that no decimal of 38 digits can hold");
}

}  // namespace

bool IsIdTransport(Transport transport) {
  using enum Transport;
  return transport == kInt16 || transport == kInt32 || transport == kInt64 || transport == kOid ||
         transport == kString || transport == kText;
}

Status ValidateSchema(const TableSchema& schema) {
  if (schema.id_index >= schema.columns.size()) {
    return {Code::kInvalidArgument, "the schema has no id column"};
  }
  std::set<std::string> names;
  for (const Column& column : schema.columns) {
    if (!names.insert(column.name).second) return Invalid(column, "is there twice");
    if (column.transport == Transport::kDecimal) {
      PGATTIC_RETURN_IF_ERROR(ValidateDecimal(column));
    }
  }
  if (!IsIdTransport(schema.id().transport)) {
    return Invalid(schema.id(), "cannot be the id: it has to be text, uuid or an integer");
  }
  return Status::Ok();
}

bool HasStatistics(const TableSchema& schema, std::size_t column) {
  return column == schema.id_index ||
         VisitCodec(schema.columns[column], [](auto codec) { return decltype(codec)::kNarrow; });
}

std::shared_ptr<parquet::schema::GroupNode> ToParquet(const TableSchema& schema) {
  parquet::schema::NodeVector nodes;
  nodes.reserve(schema.columns.size());
  for (const Column& column : schema.columns) nodes.push_back(ToNode(column));
  return std::static_pointer_cast<parquet::schema::GroupNode>(
      parquet::schema::GroupNode::Make("schema", parquet::Repetition::REQUIRED, nodes));
}

}  // namespace pgattic::columnar
