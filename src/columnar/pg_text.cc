#include "columnar/pg_text.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <string_view>

namespace pgattic::columnar {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

__extension__ using Wide = unsigned __int128;

// Digits d1 d2 … dn and exponent e of d1.d2…dn x 10^e.
struct Decimal {
  std::uint64_t digits = 0;
  int count = 0;
  int exponent = 0;
};

Decimal ParseScientific(std::string_view text) {
  Decimal decimal;
  std::size_t at = 0;
  for (; at < text.size() && text[at] != 'e'; ++at) {
    if (text[at] == '.') continue;
    decimal.digits = decimal.digits * 10 + static_cast<std::uint64_t>(text[at] - '0');
    ++decimal.count;
  }
  const char* exponent = text.data() + at + (text[at + 1] == '+' ? 2 : 1);
  std::from_chars(exponent, text.data() + text.size(), decimal.exponent);
  return decimal;
}

template <typename Float>
Decimal Shortest(Float value) {
  std::array<char, 64> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific);
  return ParseScientific({text.data(), static_cast<std::size_t>(end.ptr - text.data())});
}

template <typename Float>
Decimal Rounded(Float value, int digits) {
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                 std::chars_format::scientific, digits - 1);
  return ParseScientific({text.data(), static_cast<std::size_t>(end.ptr - text.data())});
}

// True when digits x 10^power == odd x 2^binary. Both sides fit 128 bits or differ.
bool SameNumber(std::uint64_t digits, int power, std::uint64_t odd, int binary) {
  constexpr int kMaxPower = 26;
  if (power > kMaxPower || power < -kMaxPower) return false;
  Wide left = digits;
  Wide right = odd;
  for (int i = 0; i < power; ++i) left *= 5;
  for (int i = 0; i > power; --i) right *= 5;
  int shift = binary - power;  // left == right x 2^shift
  for (; (left & 1U) == 0; left >>= 1U) --shift;
  return shift == 0 && left == right;
}

// True when `decimal` is exactly half-way between `value` and a neighbour. Such digits read
// back as `value` where its mantissa is even, but PostgreSQL never prints them.
template <typename Float>
bool IsTie(const Decimal& decimal, Float value) {
  int binary = 0;
  const Float fraction = std::frexp(value, &binary);
  constexpr int kBits = std::numeric_limits<Float>::digits;
  constexpr int kLowest = std::numeric_limits<Float>::min_exponent - kBits;
  auto mantissa = static_cast<std::uint64_t>(std::ldexp(fraction, kBits));
  binary -= kBits;
  for (; binary < kLowest; ++binary) mantissa >>= 1U;  // subnormal
  const int power = decimal.exponent - (decimal.count - 1);
  constexpr std::uint64_t kLeast = std::uint64_t{1} << (kBits - 1U);
  if (SameNumber(decimal.digits, power, 2 * mantissa + 1, binary - 1)) return true;
  // Below a power of two the neighbour is half as far away.
  if (mantissa == kLeast && binary > kLowest) {
    return SameNumber(decimal.digits, power, 4 * mantissa - 1, binary - 2);
  }
  return SameNumber(decimal.digits, power, 2 * mantissa - 1, binary - 1);
}

// PostgreSQL's Ryu is built with STRICTLY_SHORTEST = 0: ties at the edge are left out.
template <typename Float>
Decimal PostgresDigits(Float value) {
  Decimal decimal = Shortest(value);
  for (int digits = decimal.count + 1; IsTie(decimal, value); ++digits) {
    decimal = Rounded(value, digits);
  }
  return decimal;
}

void AppendDigits(const Decimal& decimal, int fixed_below, std::string& out) {
  std::array<char, 24> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), decimal.digits);
  std::string_view digits(text.data(), static_cast<std::size_t>(end.ptr - text.data()));
  const int exponent = decimal.exponent;
  if (exponent < -4 || exponent >= fixed_below) {
    out.push_back(digits[0]);
    if (digits.size() > 1) out.append(".").append(digits.substr(1));
    out.append(exponent < 0 ? "e-" : "e+");
    if (std::abs(exponent) < 10) out.push_back('0');
    AppendInteger(std::abs(exponent), out);
  } else if (exponent < 0) {
    out.append("0.").append(static_cast<std::size_t>(-exponent - 1), '0').append(digits);
  } else {
    const auto whole = static_cast<std::size_t>(exponent) + 1;
    out.append(digits.substr(0, whole));
    if (digits.size() > whole) {
      out.append(".").append(digits.substr(whole));
    } else {
      out.append(whole - digits.size(), '0');
    }
  }
}

template <typename Float>
void AppendFloating(Float value, int fixed_below, std::string& out) {
  if (std::isnan(value)) {
    out.append("NaN");
    return;
  }
  if (std::signbit(value)) out.push_back('-');
  if (std::isinf(value)) {
    out.append("Infinity");
  } else if (value == 0) {
    out.push_back('0');
  } else {
    AppendDigits(PostgresDigits(std::abs(value)), fixed_below, out);
  }
}

void AppendPadded(std::uint64_t value, int width, std::string& out) {
  std::array<char, 20> text{};
  for (int i = width - 1; i >= 0; --i, value /= 10) {
    text[static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 10);
  }
  out.append(text.data(), static_cast<std::size_t>(width));
}

}  // namespace

void AppendInteger(std::int64_t value, std::string& out) {
  std::array<char, 24> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
  out.append(text.data(), end.ptr);
}

void AppendFloat(float value, std::string& out) { AppendFloating(value, 6, out); }

void AppendDouble(double value, std::string& out) { AppendFloating(value, 15, out); }

void AppendDate(std::int32_t days_since_1970, std::string& out) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days_since_1970}}};
  AppendPadded(static_cast<std::uint64_t>(static_cast<int>(date.year())), 4, out);
  out.push_back('-');
  AppendPadded(static_cast<unsigned>(date.month()), 2, out);
  out.push_back('-');
  AppendPadded(static_cast<unsigned>(date.day()), 2, out);
}

void AppendTimeOfDay(std::int64_t microseconds, std::string& out) {
  const auto seconds = static_cast<std::uint64_t>(microseconds / kMicrosPerSecond);
  const auto fraction = static_cast<std::uint64_t>(microseconds % kMicrosPerSecond);
  AppendPadded(seconds / 3600, 2, out);
  out.push_back(':');
  AppendPadded(seconds / 60 % 60, 2, out);
  out.push_back(':');
  AppendPadded(seconds % 60, 2, out);
  if (fraction == 0) return;
  out.push_back('.');
  AppendPadded(fraction, 6, out);
  out.erase(out.find_last_not_of('0') + 1);
}

void AppendTimestamp(std::int64_t microseconds_since_1970, std::string& out) {
  std::int64_t days = microseconds_since_1970 / kMicrosPerDay;
  std::int64_t rest = microseconds_since_1970 % kMicrosPerDay;
  if (rest < 0) {
    rest += kMicrosPerDay;
    --days;
  }
  AppendDate(static_cast<std::int32_t>(days), out);
  out.push_back(' ');
  AppendTimeOfDay(rest, out);
}

void AppendBytea(ByteView bytes, std::string& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out.append("\\x");
  for (const std::uint8_t byte : bytes) {
    out.push_back(kDigits[byte >> 4U]);
    out.push_back(kDigits[byte & 0xFU]);
  }
}

}  // namespace pgattic::columnar
