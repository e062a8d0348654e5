#include "model/column.h"

#include <array>
#include <utility>

namespace pgattic::model {
namespace {

using enum Transport;

constexpr std::array<std::pair<Transport, std::string_view>, 17> kNames{{
    {kBool, "bool"},
    {kInt16, "int16"},
    {kInt32, "int32"},
    {kInt64, "int64"},
    {kOid, "oid"},
    {kMoney, "money"},
    {kFloat32, "float32"},
    {kFloat64, "float64"},
    {kDecimal, "decimal"},
    {kDate, "date"},
    {kTime, "time"},
    {kTimestamp, "timestamp"},
    {kTimestampTz, "timestamptz"},
    {kString, "string"},
    {kJsonb, "jsonb"},
    {kBinary, "binary"},
    {kText, "text"},
}};

constexpr std::int32_t kVarHeader = 4;  // VARHDRSZ
constexpr std::int32_t kMaxDecimal128Precision = 38;

Transport TransportOfNumeric(std::int32_t typmod) {
  if (typmod < kVarHeader) return kText;
  const DecimalShape shape = DecimalShapeOf(typmod);
  const bool fits = shape.precision >= 1 && shape.precision <= kMaxDecimal128Precision &&
                    shape.scale >= 0 && shape.scale <= shape.precision;
  return fits ? kDecimal : kText;
}

}  // namespace

std::string_view TransportName(Transport transport) {
  for (const auto& [value, name] : kNames) {
    if (value == transport) return name;
  }
  return "text";
}

Result<Transport> TransportFromName(std::string_view name) {
  for (const auto& [value, known] : kNames) {
    if (known == name) return value;
  }
  return {Code::kInvalidArgument,
          "no transport is called '" + std::string(name) + "'; the metadata is of a newer pgattic"};
}

DecimalShape DecimalShapeOf(std::int32_t typmod) {
  const std::int32_t packed = typmod - kVarHeader;
  // The scale is an 11-bit two's complement number since PostgreSQL 15; before, 0..1000.
  return {packed >> 16, ((packed & 0x7FF) ^ 1024) - 1024};
}

Transport TransportOf(const PgType& type) {
  switch (type.oid) {
    case 16:
      return kBool;
    case 17:
      return kBinary;
    case 20:
      return kInt64;
    case 21:
      return kInt16;
    case 23:
      return kInt32;
    case 26:
      return kOid;
    case 19:    // name
    case 25:    // text
    case 114:   // json
    case 142:   // xml
    case 1042:  // bpchar: its binary form keeps the padding that ::text drops
    case 1043:  // varchar
      return kString;
    case 700:
      return kFloat32;
    case 701:
      return kFloat64;
    case 790:
      return kMoney;
    case 1082:
      return kDate;
    case 1083:
      return kTime;
    case 1114:
      return kTimestamp;
    case 1184:
      return kTimestampTz;
    case 1700:
      return TransportOfNumeric(type.typmod);
    case 3802:
      return kJsonb;
    default:
      return kText;
  }
}

bool Column::operator==(const Column& other) const {
  return name == other.name && type.oid == other.type.oid && type.typmod == other.type.typmod &&
         type.formatted == other.type.formatted && nullable == other.nullable &&
         transport == other.transport;
}

}  // namespace pgattic::model
