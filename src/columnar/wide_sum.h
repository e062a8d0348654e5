// WideSum: the sum of tuple hashes, too wide for 64 bits.
#pragma once

#include <algorithm>
#include <string>

namespace pgattic::columnar {

__extension__ using WideSum = __int128;

/// Returns the sum as a decimal number.
inline std::string ToDecimal(WideSum sum) {
  const bool negative = sum < 0;
  std::string text;
  do {
    const int digit = static_cast<int>(sum % 10);
    text.push_back(static_cast<char>('0' + (digit < 0 ? -digit : digit)));
    sum /= 10;
  } while (sum != 0);
  if (negative) text.push_back('-');
  std::reverse(text.begin(), text.end());
  return text;
}

}  // namespace pgattic::columnar
