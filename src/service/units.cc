#include <array>
#include <charconv>
#include <utility>

#include "service/config.h"

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

}  // namespace pgattic::service
