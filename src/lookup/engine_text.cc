#include "lookup/engine_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>

#include "columnar/pg_text.h"
#include "model/bounds.h"
#include "pg/identifier.h"

namespace pgattic::lookup {
namespace {

using model::Transport;

Status Odd(const model::Column& column, const std::string& text) {
  return {Code::kUnsupported, "the engine gives '" + text.substr(0, 64) + "' for column " +
                                  column.name + " of type " + column.type.formatted};
}

bool IsInteger(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool HasMicroseconds(const std::string& text) {
  const std::size_t dot = text.find('.');
  if (dot == text.npos) return false;
  const std::size_t end = std::min(text.find_first_not_of("0123456789", dot + 1), text.size());
  return end - dot > 6;
}

/// "2024-01-15 10:30:00.123456 UTC" and its like. Any other zone than UTC is odd.
std::optional<std::int64_t> Instant(std::string text) {
  for (const std::string_view zone : {" UTC", "+00:00", "+00", "Z"}) {
    if (!text.ends_with(zone)) continue;
    text.resize(text.size() - zone.size());
    break;
  }
  if (text.size() < 19 || text.find_first_not_of("0123456789-: T.") != text.npos) {
    return std::nullopt;
  }
  // Beyond microseconds there is nothing in a part: only zeros may be there.
  const std::size_t dot = text.find('.');
  if (dot != text.npos) {
    while (text.size() - dot > 7 && text.back() == '0') text.pop_back();
  }
  const Result<std::int64_t> at = model::ParseInstant(text + "+00");
  if (!at.ok()) return std::nullopt;
  return *at;
}

std::optional<std::string> Moment(const std::string& text, bool has_zone) {
  const std::optional<std::int64_t> at = Instant(text);
  if (!at) return std::nullopt;
  std::string out;
  columnar::AppendTimestamp(*at, out);
  return has_zone ? out + "+00" : out;
}

/// PostgreSQL leaves zeros at the end of a fraction out.
std::optional<std::string> TimeOfDay(std::string text) {
  if (text.size() < 8 || text.find_first_not_of("0123456789:.") != text.npos) return std::nullopt;
  if (text.find('.') == text.npos) return text;
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text.size() > 15 ? std::nullopt : std::optional(text);
}

template <typename T>
std::optional<T> Number(const std::string& text) {
  for (const auto& [name, sign] :
       {std::pair("Infinity", 1), {"inf", 1}, {"-Infinity", -1}, {"-inf", -1}}) {
    if (text == name) return static_cast<T>(sign) * std::numeric_limits<T>::infinity();
  }
  if (text == "NaN" || text == "nan") return std::numeric_limits<T>::quiet_NaN();
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::string> Float(const model::Column& column, const std::string& text) {
  std::string out;
  if (column.transport == Transport::kFloat32) {
    const std::optional<float> value = Number<float>(text);
    if (!value) return std::nullopt;
    columnar::AppendFloat(*value, out);
  } else {
    const std::optional<double> value = Number<double>(text);
    if (!value) return std::nullopt;
    columnar::AppendDouble(*value, out);
  }
  return out;
}

std::optional<std::string> Bool(const std::string& text) {
  if (text == "true") return "t";
  if (text == "false") return "f";
  return std::nullopt;
}

std::optional<std::string> Hex(std::string text) {
  if (text.size() % 2 != 0 || text.find_first_not_of("0123456789abcdefABCDEF") != text.npos) {
    return std::nullopt;
  }
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return static_cast<char>(c >= 'A' && c <= 'F' ? c + 32 : c); });
  return "\\x" + text;
}

std::optional<std::string> Convert(const model::Column& column, const std::string& text) {
  switch (column.transport) {
    case Transport::kBool:
      return Bool(text);
    case Transport::kInt16:
    case Transport::kInt32:
    case Transport::kInt64:
    case Transport::kOid:
    case Transport::kMoney:
      return IsInteger(text) ? std::optional(text) : std::nullopt;
    case Transport::kFloat32:
    case Transport::kFloat64:
      return Float(column, text);
    case Transport::kDecimal:
      return text.find_first_not_of("0123456789-.") == text.npos ? std::optional(text)
                                                                 : std::nullopt;
    case Transport::kDate:
      return text.size() == 10 && Instant(text + " 00:00:00") ? std::optional(text) : std::nullopt;
    case Transport::kTime:
      return TimeOfDay(text);
    case Transport::kTimestamp:
      return Moment(text, false);
    case Transport::kTimestampTz:
      return Moment(text, true);
    case Transport::kBinary:
      return Hex(text);
    case Transport::kString:
    case Transport::kJsonb:
    case Transport::kText:
      return text;
  }
  return std::nullopt;
}

}  // namespace

std::string SelectedFromEngine(const model::Column& column) {
  const std::string name = pg::Identifier(column.name).Quoted();
  if (column.transport == Transport::kBinary) return "to_hex(" + name + ")";
  if (column.transport == Transport::kTimestampTz) {
    // Whatever zone the session is in.
    return "CAST(" + name + " AT TIME ZONE 'UTC' AS varchar)";
  }
  return "CAST(" + name + " AS varchar)";
}

std::string ParameterFor(const model::Column& column) {
  const Transport transport = column.transport;
  const bool is_integer = transport == Transport::kInt16 || transport == Transport::kInt32 ||
                          transport == Transport::kInt64;
  return is_integer ? "CAST(? AS bigint)" : "?";
}

Result<std::string> FromEngine(const model::Column& column, const std::string& text,
                               bool pads_fractions) {
  const bool has_seconds = column.transport == Transport::kTime ||
                           column.transport == Transport::kTimestamp ||
                           column.transport == Transport::kTimestampTz;
  if (has_seconds && pads_fractions && !HasMicroseconds(text)) return Odd(column, text);
  std::optional<std::string> converted = Convert(column, text);
  if (!converted) return Odd(column, text);
  return std::move(*converted);
}

}  // namespace pgattic::lookup
