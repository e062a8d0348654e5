#include "tests/types/sql_values.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

#include "pg/identifier.h"

namespace pgattic::test {
namespace {

using sandbox::Random;

constexpr double kOften = 0.4;

template <typename Float, typename BitPattern>
std::string FloatingText(Random& random) {
  static const std::vector<std::string> kSpecial = {"NaN", "Infinity", "-Infinity", "0",  "-0",
                                                    "1",   "0.1",      "-1.5",      "1e5"};
  if (random.Chance(kOften)) return OneOf(random, kSpecial);
  std::array<char, 64> text{};
  const auto print = [&](Float value) {
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
    return std::string(text.data(), end.ptr);
  };
  using Limits = std::numeric_limits<Float>;
  const std::array<Float, 6> edges = {Limits::max(),        Limits::lowest(),  Limits::min(),
                                      Limits::denorm_min(), Limits::epsilon(), Limits::min() / 2};
  if (random.Chance(0.2)) return print(edges[random.Below(edges.size())]);
  const auto value = std::bit_cast<Float>(static_cast<BitPattern>(random.Next()));
  return std::isfinite(value) ? print(value) : "NaN";
}

std::string Padded(int number, std::size_t width) {
  std::string text = std::to_string(number);
  if (text.size() < width) text.insert(0, width - text.size(), '0');
  return text;
}

std::string Fraction(Random& random) {
  if (random.Chance(kOften)) return "";
  return "." + Digits(random, random.Between(1, 6));
}

}  // namespace

const std::string& OneOf(Random& random, const std::vector<std::string>& choices) {
  return choices[random.Below(choices.size())];
}

std::string Digits(Random& random, int count) {
  std::string digits;
  for (int i = 0; i < count; ++i) digits.push_back(static_cast<char>('0' + random.Below(10)));
  return digits;
}

std::string AnyText(Random& random, int max_characters) {
  static const std::vector<std::string> kPieces = {
      "'",  "\"", "\\",   "\n", "\t",   "\r",     " ",          "{",         "}",  "(", ")",
      ",",  "%",  "$1",   "ä",  "\x7f", "\u20ac", "\U0001F3B2", "\b",        "\v", "N", "=",
      "=>", "::", ";",    "--", "/*",   "NULL",   "\u202e",     "e\u0301",   ".",  ":", "[",
      "]",  "|",  "\x01", "0",  "\\N",  "\\.",    "ﬀ",          "\U0010FFFF"};
  std::string text;
  for (int left = random.Between(0, max_characters); left > 0; --left) {
    if (random.Chance(kOften)) {
      text += OneOf(random, kPieces);
    } else {
      text.push_back(static_cast<char>('a' + random.Below(26)));
    }
  }
  return text;
}

std::string IntegerText(Random& random, std::int64_t low, std::int64_t high) {
  switch (random.Below(6)) {
    case 0:
      return std::to_string(low);
    case 1:
      return std::to_string(high);
    case 2:
      return "0";
    case 3:
      return std::to_string(random.Between(0, 100));
    default:
      break;
  }
  const std::uint64_t span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  const std::uint64_t step = span == UINT64_MAX ? random.Next() : random.Next() % (span + 1);
  return std::to_string(static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + step));
}

std::string DoubleText(Random& random) { return FloatingText<double, std::uint64_t>(random); }

std::string FloatText(Random& random) { return FloatingText<float, std::uint32_t>(random); }

std::string SmallNumber(Random& random) {
  return (random.Chance(kOften) ? "-" : "") + Digits(random, random.Between(1, 3)) + "." +
         Digits(random, random.Between(1, 3));
}

std::string NumericText(Random& random) {
  static const std::vector<std::string> kSpecial = {
      "NaN",    "Infinity",  "-Infinity", "0",     "0.000",  "-0.0",     "1e-1000",
      "1e1000", "-1e-16383", "1e131071",  "10000", "0.0001", "99999999", "1.50"};
  if (random.Chance(kOften)) return OneOf(random, kSpecial);
  const std::string sign = random.Chance(kOften) ? "-" : "";
  const int most = random.Chance(0.1) ? 1000 : 40;
  return sign + Digits(random, random.Between(1, most)) + "." +
         Digits(random, random.Between(0, most));
}

std::string DateText(Random& random, Reach reach) {
  static const std::vector<std::string> kTame = {"0001-01-01", "9999-12-31", "1970-01-01",
                                                 "1969-12-31", "2000-02-29", "1582-10-10"};
  static const std::vector<std::string> kWild = {"infinity",      "-infinity",     "4713-01-01 BC",
                                                 "0001-12-31 BC", "5874897-12-31", "10000-01-01"};
  if (reach == Reach::kWild && random.Chance(kOften)) return OneOf(random, kWild);
  if (random.Chance(kOften)) return OneOf(random, kTame);
  return Padded(random.Between(1, 9999), 4) + "-" + Padded(random.Between(1, 12), 2) + "-" +
         Padded(random.Between(1, 28), 2);
}

std::string TimeText(Random& random, Reach reach) {
  if (reach == Reach::kWild && random.Chance(kOften)) return "24:00:00";
  if (random.Chance(0.2)) return random.Chance(0.5) ? "00:00:00" : "23:59:59.999999";
  return Padded(random.Between(0, 23), 2) + ":" + Padded(random.Between(0, 59), 2) + ":" +
         Padded(random.Between(0, 59), 2) + Fraction(random);
}

std::string TimestampText(Random& random, Reach reach) {
  static const std::vector<std::string> kWild = {"infinity",
                                                 "-infinity",
                                                 "4713-01-02 00:00:00 BC",
                                                 "294276-12-31 23:59:58.999999",
                                                 "0001-12-31 23:59:59.999999 BC",
                                                 "10000-01-01 00:00:00"};
  static const std::vector<std::string> kEdges = {
      "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999", "1970-01-01 00:00:00",
      "1969-12-31 23:59:59.999999", "2000-01-01 00:00:00"};
  if (reach == Reach::kWild && random.Chance(kOften)) return OneOf(random, kWild);
  if (random.Chance(0.2)) return OneOf(random, kEdges);
  return DateText(random, Reach::kTame) + " " + TimeText(random, Reach::kTame);
}

std::string ZoneText(Random& random) {
  static const std::vector<std::string> kZones = {"+00",    "-00:30",    "+05:30",
                                                  "-15:59", "+15:59:59", "+00:00:01"};
  return OneOf(random, kZones);
}

std::string IntervalText(Random& random) {
  static const std::vector<std::string> kSpecial = {"0",
                                                    "178000000 years",
                                                    "-178000000 years",
                                                    "2147483647 days",
                                                    "-2147483648 days",
                                                    "2147483647:59:59.999999",
                                                    "-2147483647:59:59.999999",
                                                    "-1 mon +1 day -00:00:00.000001",
                                                    "1 year 1 mon -1 day"};
  if (random.Chance(kOften)) return OneOf(random, kSpecial);
  return std::to_string(random.Between(-20, 20)) + " years " +
         std::to_string(random.Between(-20, 20)) + " mons " +
         std::to_string(random.Between(-400, 400)) + " days " + (random.Chance(0.5) ? "-" : "") +
         TimeText(random, Reach::kTame);
}

std::string InetText(Random& random) {
  if (random.Chance(0.5)) {
    std::string text = std::to_string(random.Between(0, 255));
    for (int i = 0; i < 3; ++i) text += "." + std::to_string(random.Between(0, 255));
    return text + (random.Chance(0.5) ? "/" + std::to_string(random.Between(0, 32)) : "");
  }
  static const std::vector<std::string> kSix = {"::", "::1", "::ffff:1.2.3.4", "2001:db8::8:800",
                                                "fe80::1:2"};
  return OneOf(random, kSix) +
         (random.Chance(0.5) ? "/" + std::to_string(random.Between(0, 128)) : "");
}

std::string Hex(Random& random, int bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (int i = 0; i < 2 * bytes; ++i) hex.push_back(kDigits[random.Below(16)]);
  return hex;
}

std::string Bits(Random& random, int count) {
  std::string bits;
  for (int i = 0; i < count; ++i) bits.push_back(random.Chance(0.5) ? '1' : '0');
  return bits;
}

std::string Literal(const std::string& text, const std::string& type) {
  return pg::QuoteLiteral(text) + "::" + type;
}

}  // namespace pgattic::test
