#include "lookup/row_json.h"

#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>

namespace pgattic::lookup {
namespace {

// pg_type.dat
constexpr std::uint32_t kBool = 16;
constexpr std::uint32_t kInt8 = 20;
constexpr std::uint32_t kInt2 = 21;
constexpr std::uint32_t kInt4 = 23;
constexpr std::uint32_t kOid = 26;
constexpr std::uint32_t kJson = 114;
constexpr std::uint32_t kFloat4 = 700;
constexpr std::uint32_t kFloat8 = 701;
constexpr std::uint32_t kMoney = 790;
constexpr std::uint32_t kTimestampTz = 1184;
constexpr std::uint32_t kJsonb = 3802;

constexpr std::int64_t kMaxExact = std::int64_t{1} << 53;  // RFC 8259, section 6

std::string Integer(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool exact = error == std::errc() && end == text.data() + text.size() &&
                     value >= -kMaxExact && value <= kMaxExact;
  return exact ? text : JsonString(text);
}

std::string Float(const std::string& text) {
  const char last = text.empty() ? ' ' : text.back();
  return last >= '0' && last <= '9' ? text : JsonString(text);  // NaN, Infinity
}

std::string Instant(std::string text) {
  if (text.size() > 13 && text[10] == ' ' && text.ends_with("+00")) {
    text[10] = 'T';
    text.replace(text.size() - 3, 3, "Z");
  }
  return JsonString(text);
}

std::string Value(const model::Column& column, const std::string& text) {
  switch (column.type.oid) {
    case kBool:
      return text == "t" ? "true" : "false";
    case kInt2:
    case kInt4:
    case kInt8:
    case kOid:
    case kMoney:
      return Integer(text);
    case kFloat4:
    case kFloat8:
      return Float(text);
    case kJson:
    case kJsonb:
      return text;
    case kTimestampTz:
      return Instant(text);
    default:
      return JsonString(text);
  }
}

}  // namespace

std::string JsonString(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string RowToJson(const std::vector<model::Column>& columns,
                      const std::vector<std::optional<std::string>>& row) {
  std::string json = "{";
  for (std::size_t i = 0; i < columns.size() && i < row.size(); ++i) {
    if (i > 0) json += ", ";
    json += JsonString(columns[i].name) + ": " + (row[i] ? Value(columns[i], *row[i]) : "null");
  }
  return json + "}";
}

}  // namespace pgattic::lookup
