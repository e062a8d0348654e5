#include "catalog/id_text.h"

#include <charconv>
#include <cstdint>
#include <limits>

#include "base/utf8.h"

namespace pgattic::catalog {
namespace {

// As isspace() in the C locale.
constexpr std::string_view kSpace = " \t\n\v\f\r";

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// Takes a prefix "0x", "0o" or "0b" off.
int TakeBase(std::string_view& digits) {
  if (digits.size() < 3 || digits[0] != '0') return 10;
  const char letter = static_cast<char>(digits[1] | 0x20);
  const int base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 10;
  if (base != 10) digits.remove_prefix(2);
  return base;
}

/// Removes underscores, each of which must stand before a digit and, in decimal, after one.
/// Source: numutils.c, pg_strtoint64_safe.
std::optional<std::string> WithoutUnderscores(std::string_view digits, int base) {
  std::string plain;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (digits[i] != '_') {
      plain += digits[i];
      continue;
    }
    const bool after = i > 0 ? digits[i - 1] != '_' : base != 10;
    if (!after || i + 1 == digits.size()) return std::nullopt;
  }
  return plain;
}

std::optional<std::int64_t> ReadInteger(std::string_view text) {
  std::string_view digits = Trim(text);
  const bool is_negative = digits.starts_with('-');
  if (is_negative || digits.starts_with('+')) digits.remove_prefix(1);
  const int base = TakeBase(digits);
  const std::optional<std::string> plain = WithoutUnderscores(digits, base);
  if (!plain || plain->empty()) return std::nullopt;
  std::uint64_t value = 0;
  const char* end = plain->data() + plain->size();
  const auto [stop, error] = std::from_chars(plain->data(), end, value, base);
  if (error != std::errc() || stop != end) return std::nullopt;
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (value > kMost + (is_negative ? 1 : 0)) return std::nullopt;
  return static_cast<std::int64_t>(is_negative ? ~value + 1 : value);
}

/// Source: uuid.c, string_to_uuid: a dash may follow every fourth digit.
std::optional<std::string> ReadUuid(std::string_view text) {
  constexpr std::size_t kDigits = 32;
  if (text.starts_with('{')) {
    if (!text.ends_with('}') || text.size() < 2) return std::nullopt;
    text = text.substr(1, text.size() - 2);
  }
  std::string uuid;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '-') {
      const bool may_stand =
          digits % 4 == 0 && digits > 0 && digits < kDigits && text[i - 1] != '-';
      if (!may_stand) return std::nullopt;
      continue;
    }
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c | 0x20);
    const bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (!is_hex || digits == kDigits) return std::nullopt;
    if (digits == 8 || digits == 12 || digits == 16 || digits == 20) uuid += '-';
    uuid += c;
    ++digits;
  }
  return digits == kDigits ? std::optional(std::move(uuid)) : std::nullopt;
}

}  // namespace

std::optional<std::string> CanonicalId(IdKind kind, std::string_view text) {
  switch (kind) {
    case IdKind::kInteger: {
      const std::optional<std::int64_t> value = ReadInteger(text);
      return value ? std::optional(std::to_string(*value)) : std::nullopt;
    }
    case IdKind::kUuid:
      return ReadUuid(text);
    case IdKind::kText:
      break;
  }
  return IsText(text) ? std::optional(std::string(text)) : std::nullopt;
}

bool IsInIdRange(IdKind kind, const std::string& id, const std::string& min,
                 const std::string& max) {
  if (kind != IdKind::kInteger) return min <= id && id <= max;
  const auto value = ReadInteger(id);
  const auto least = ReadInteger(min);
  const auto most = ReadInteger(max);
  return !value || !least || !most || (*least <= *value && *value <= *most);
}

}  // namespace pgattic::catalog
