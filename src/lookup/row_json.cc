#include "lookup/row_json.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "model/bounds.h"

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

constexpr std::string_view kBreaks = "\n\r\t";

/// Outside its strings JSON may be broken into lines (RFC 8259, section 2); inside it cannot.
std::string OneLine(std::string json) {
  // jsonb has none of them, and looking for one is quick.
  const bool is_one = std::all_of(kBreaks.begin(), kBreaks.end(),
                                  [&](char c) { return json.find(c) == json.npos; });
  if (is_one) return json;
  for (char& c : json) {
    if (kBreaks.find(c) != kBreaks.npos) c = ' ';
  }
  return json;
}

/// As cash.c prints cents in the locale C: -$1,234.56.
std::string Money(const std::string& cents) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(cents.data(), cents.data() + cents.size(), value);
  if (error != std::errc() || end != cents.data() + cents.size()) return JsonString(cents);
  const bool is_negative = value < 0;
  std::string digits = cents.substr(is_negative ? 1 : 0);
  if (digits.size() < 3) digits.insert(0, 3 - digits.size(), '0');
  std::string text = digits.substr(digits.size() - 2);
  text.insert(0, ".");
  digits.resize(digits.size() - 2);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && i % 3 == 0) text.insert(0, ",");
    text.insert(text.begin(), digits[digits.size() - 1 - i]);
  }
  return JsonString((is_negative ? "-$" : "$") + text);
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
      return Integer(text);
    case kMoney:
      return column.transport == model::Transport::kMoney ? Money(text) : JsonString(text);
    case kFloat4:
    case kFloat8:
      return Float(text);
    case kJson:
    case kJsonb:
      return OneLine(text);
    case kTimestampTz:
      return Instant(text);
    default:
      return JsonString(text);
  }
}

}  // namespace

std::string JsonString(const std::string& text) {
  // Most texts stand between the quotes as they are.
  const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
  });
  if (is_plain) return '"' + text + '"';
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

FoundRow MakeRow(const std::vector<model::Column>& columns,
                 const std::vector<std::optional<std::string>>& row, std::size_t time_index) {
  FoundRow found;
  found.json = RowToJson(columns, row);
  if (time_index >= row.size() || !row[time_index]) return found;
  found.created_at = *row[time_index];
  const Result<std::int64_t> at = model::ParseInstant(found.created_at);
  if (!at.ok()) return found;
  found.at_us = *at;
  found.created_at = model::FormatInstant(*at);
  return found;
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
