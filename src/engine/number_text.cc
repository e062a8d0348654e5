#include "engine/number_text.h"

#include <algorithm>

namespace pgattic::engine {
namespace {

constexpr std::size_t kMaxDigits = 38;

bool IsDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<NumberText> ReadNumber(std::string_view text) {
  NumberText number;
  const bool has_sign = !text.empty() && (text.front() == '-' || text.front() == '+');
  const bool has_plus = has_sign && text.front() == '+';
  number.is_negative = has_sign && !has_plus;
  if (has_sign) text.remove_prefix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view before = text.substr(0, point);
  const std::string_view after = text.substr(std::min(point + 1, text.size()));
  if (!IsDigits(before) || (point < text.size() && !IsDigits(after))) return std::nullopt;
  number.digits = std::string(before) + std::string(after);
  number.scale = after.size();
  if (number.digits.size() > kMaxDigits) return std::nullopt;
  const bool is_padded = before.size() > 1 && before.front() == '0';
  const bool is_zero = number.digits.find_first_not_of('0') == number.digits.npos;
  number.is_plain = !has_plus && !is_padded && !(number.is_negative && is_zero);
  return number;
}

}  // namespace pgattic::engine
