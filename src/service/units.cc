#include "service/units.h"

#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace pgattic::service {
namespace {

template <std::size_t N>
std::optional<std::int64_t> WithUnit(
    const std::string& text,
    const std::array<std::pair<std::string_view, std::int64_t>, N>& units) {
  std::int64_t value = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (error != std::errc() || value < 0) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(last - end));
  if (unit.empty() && value == 0) return 0;
  for (const auto& [name, factor] : units) {
    if (name != unit) continue;
    std::int64_t product = 0;
    if (__builtin_mul_overflow(value, factor, &product)) return std::nullopt;
    return product;
  }
  return std::nullopt;
}

std::optional<std::string> UrlDecoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    unsigned value = 0;
    const char* const digits = text.data() + i + 1;
    const auto [end, error] = std::from_chars(digits, digits + 2, value, 16);
    if (error != std::errc() || end != digits + 2) return std::nullopt;
    out += static_cast<char>(static_cast<unsigned char>(value));
    i += 2;
  }
  return out;
}

}  // namespace

Result<std::chrono::milliseconds> ParseDuration(const std::string& text) {
  static constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> kUnits{
      {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
  if (const auto value = WithUnit(text, kUnits)) return std::chrono::milliseconds(*value);
  return {Code::kInvalidArgument,
          "'" + text + "' is not a duration; write 7d, 12h, 30m, 10s, 200ms or 0"};
}

Result<std::int64_t> ParseSize(const std::string& text) {
  static constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> kUnits{
      {{"", 1}, {"KiB", 1LL << 10}, {"MiB", 1LL << 20}, {"GiB", 1LL << 30}}};
  if (const auto value = WithUnit(text, kUnits)) return *value;
  return {Code::kInvalidArgument,
          "'" + text + "' is not a size; write 64KiB, 256MiB, 1GiB or plain bytes"};
}

Result<int> ParseWhole(const std::string& text, int least, int most) {
  int value = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (error == std::errc() && end == last && value >= least && value <= most) return value;
  return {Code::kInvalidArgument, "'" + text + "' is not a whole number from " +
                                      std::to_string(least) + " to " + std::to_string(most)};
}

Result<bool> ParseFlag(const std::string& text) {
  if (text == "true" || text == "false") return text == "true";
  return {Code::kInvalidArgument, "'" + text + "' is neither true nor false"};
}

Result<pg::QualifiedName> ParseTableName(const std::string& text) {
  std::vector<std::string> pieces(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      if (quoted && i + 1 < text.size() && text[i + 1] == '"') {
        pieces.back() += text[++i];
      } else {
        quoted = !quoted;
      }
    } else if (text[i] == '.' && !quoted) {
      pieces.emplace_back();
    } else {
      pieces.back() += text[i];
    }
  }
  if (pieces.size() == 1) pieces.insert(pieces.begin(), "public");
  if (quoted || pieces.size() != 2 || pieces[0].empty() || pieces[1].empty()) {
    return {Code::kInvalidArgument, "'" + text +
                                        "' is not a table; write schema.table, "
                                        "names with dots in double quotes"};
  }
  return pg::QualifiedName{pieces[0], pieces[1]};
}

Result<std::map<std::string, std::string>> ParseTags(const std::string& text) {
  std::map<std::string, std::string> tags;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find('&', start), text.size());
    const std::string_view tag = std::string_view(text).substr(start, end - start);
    const std::size_t equals = tag.find('=');
    const auto key = UrlDecoded(tag.substr(0, equals));
    const auto value = UrlDecoded(equals == tag.npos ? "" : tag.substr(equals + 1));
    if (!key || !value || key->empty() || equals == tag.npos) {
      return {Code::kInvalidArgument, "'" + std::string(tag) +
                                          "' is not a tag; write key=value&key=value, "
                                          "other characters as %20"};
    }
    if (!tags.emplace(*key, *value).second) {
      return {Code::kInvalidArgument, "the tag '" + *key + "' stands there twice"};
    }
    start = end + 1;
  }
  return tags;
}

}  // namespace pgattic::service
