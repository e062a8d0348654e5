#include "columnar/codec.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>
#include <vector>

#include "columnar/test_support.h"

namespace pgattic::columnar {
namespace {

using testing::Big;
using testing::Field;
using testing::MakeColumn;
using testing::Numeric;
using testing::NumericTypmod;
using testing::Text;

struct Outcome {
  Decoded decoded = Decoded::kMalformed;
  std::string again;  // the field, encoded from the Parquet value
  std::string text;
};

// Takes a field to Parquet's value and back.
Outcome Travel(const model::Column& column, const std::string& field) {
  return VisitCodec(column, [&](auto codec) {
    typename decltype(codec)::DType::c_type value{};
    std::array<std::uint8_t, kScratchBytes> scratch{};
    Outcome outcome;
    outcome.decoded = codec.Decode(AsBytes(field), value, scratch.data());
    if (outcome.decoded != Decoded::kOk) return outcome;
    std::string again;
    EXPECT_TRUE(codec.Encode(value, again));
    EXPECT_EQ(LoadBig<std::int32_t>(AsBytes(again).data()), std::ssize(again) - 4);
    outcome.again = again.substr(4);
    EXPECT_TRUE(codec.ToText(value, outcome.text));
    return outcome;
  });
}

struct Case {
  std::uint32_t oid;
  std::int32_t typmod;
  Field field;
  std::string text;
};

constexpr std::uint32_t kNumeric = 1700;

// Fields as date_send, numeric_send … of PostgreSQL 15 write them, and the texts it prints.
std::vector<Case> Exact() {
  const auto numeric = [](std::int32_t p, std::int32_t s, const Field& field, std::string text) {
    return Case{kNumeric, NumericTypmod(p, s), field, std::move(text)};
  };
  return {
      {16, -1, Text("\x01"), "t"},
      {16, -1, std::string(1, '\0'), "f"},
      {21, -1, Big(std::int16_t{-32768}), "-32768"},
      {21, -1, Big(std::int16_t{32767}), "32767"},
      {23, -1, Big(std::numeric_limits<std::int32_t>::min()), "-2147483648"},
      {23, -1, Big(std::numeric_limits<std::int32_t>::max()), "2147483647"},
      {20, -1, Big(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808"},
      {20, -1, Big(std::numeric_limits<std::int64_t>::max()), "9223372036854775807"},
      {26, -1, Big(std::uint32_t{4294967295U}), "4294967295"},
      {790, -1, Big(std::int64_t{-12345}), "-12345"},
      {700, -1, Big(std::uint32_t{0x80000000U}), "-0"},
      {700, -1, Big(std::uint32_t{0x7FC00001U}), "NaN"},
      {701, -1, Big(std::uint64_t{0x7FF8000000000123U}), "NaN"},
      {701, -1, Big(std::uint64_t{0xFFF0000000000000U}), "-Infinity"},
      {701, -1, Big(std::uint64_t{1}), "5e-324"},
      {1082, -1, Big(static_cast<std::int32_t>(0xFFF4DBF9U)), "0001-01-01"},
      {1082, -1, Big(std::int32_t{0x002C95D3}), "9999-12-31"},
      {1083, -1, Big(std::int64_t{0x141dd75fff}), "23:59:59.999999"},
      {1083, -1, Big(std::int64_t{0}), "00:00:00"},
      {1114, -1, Big(static_cast<std::int64_t>(0xFF1FE2FFC59C6000U)), "0001-01-01 00:00:00"},
      {1114, -1, Big(std::int64_t{0x0380E70B913B7FFF}), "9999-12-31 23:59:59.999999"},
      {1184, -1, Big(static_cast<std::int64_t>(0xFFFCA2FEC4C07EE0U)), "1969-12-31 23:59:59.5+00"},
      {25, -1, Text(""), ""},
      {25, -1, Text("ünïcode \xF0\x9F\x8E\xB2"), "ünïcode \xF0\x9F\x8E\xB2"},
      {1042, -1, Text("ab   "), "ab   "},
      {3802, -1, testing::Jsonb(R"({"a": 1})"), R"({"a": 1})"},
      {17, -1, std::string("\0\xff", 2), "\\x00ff"},
      {17, -1, Text(""), "\\x"},
      {2950, -1, Text("00000000-0000-0000-0000-000000000000"),
       "00000000-0000-0000-0000-000000000000"},
      numeric(10, 2, Numeric({}, 0, 0, 2), "0.00"),
      numeric(10, 2, Numeric({0x01f4}, -1, 0x4000, 2), "-0.05"),
      numeric(10, 2, Numeric({0x04d2, 0x162e, 0x2328}, 1, 0, 2), "12345678.90"),
      numeric(10, 0, Numeric({1}, 0, 0, 0), "1"),
      numeric(38, 0, Numeric({1}, 1, 0, 0), "10000"),
      numeric(38, 4, Numeric({1}, -1, 0, 4), "0.0001"),
      numeric(38, 5, Numeric({0x03e8}, -2, 0, 5), "0.00001"),
      numeric(1, 0, Numeric({9}, 0, 0x4000, 0), "-9"),
      numeric(38, 0, Numeric({99, 9999, 9999, 9999, 9999, 9999, 9999, 9999, 9999, 9999}, 9, 0, 0),
              std::string(38, '9')),
      numeric(
          38, 38,
          Numeric({9999, 9999, 9999, 9999, 9999, 9999, 9999, 9999, 9999, 0x26ac}, -1, 0x4000, 38),
          "-0." + std::string(38, '9')),
  };
}

TEST(CodecTest, FieldsComeBackAsTheSameBytes) {
  for (const Case& test : Exact()) {
    const Outcome outcome = Travel(MakeColumn("c", test.oid, test.typmod), *test.field);
    EXPECT_EQ(outcome.decoded, Decoded::kOk) << test.text;
    EXPECT_EQ(outcome.again, *test.field) << test.text;
    EXPECT_EQ(outcome.text, test.text);
  }
}

TEST(CodecTest, RefusesWhatArrowCannotHold) {
  const std::vector<Case> cases{
      {1082, -1, Big(std::numeric_limits<std::int32_t>::max()), "infinity"},
      {1082, -1, Big(std::numeric_limits<std::int32_t>::min()), "-infinity"},
      {1082, -1, Big(static_cast<std::int32_t>(0xFFF4DBF8U)), "0001-12-31 BC"},
      {1082, -1, Big(std::int32_t{0x002C95D4}), "10000-01-01"},
      {1083, -1, Big(std::int64_t{86'400'000'000}), "24:00"},
      {1114, -1, Big(std::numeric_limits<std::int64_t>::max()), "infinity"},
      {1184, -1, Big(std::numeric_limits<std::int64_t>::min()), "-infinity"},
      {1184, -1, Big(std::int64_t{0x0380E70B913B8000}), "10000-01-01"},
      {kNumeric, NumericTypmod(10, 2), Numeric({}, 0, 0xC000, 0), "NaN"},
      {kNumeric, NumericTypmod(10, 2), Numeric({}, 0, 0xD000, 0), "Infinity"},
      {kNumeric, NumericTypmod(10, 2), Numeric({}, 0, 0xF000, 0), "-Infinity"},
      {kNumeric, NumericTypmod(10, 2), Numeric({1}, 0, 0, 3), "another scale"},
      {kNumeric, NumericTypmod(3, 0), Numeric({1000}, 0, 0, 0), "too many digits"},
      {kNumeric, NumericTypmod(10, 2), Numeric({1}, 20, 0, 2), "far too large"},
      {kNumeric, NumericTypmod(10, 2), Numeric({1}, -1, 0, 2), "digits below the scale"},
      {kNumeric, NumericTypmod(10, 2), Numeric({1}, -9, 0, 2), "digits far below the scale"},
      {kNumeric, NumericTypmod(10, 2), Numeric({0, 1}, 1, 0, 2), "zeros in front"},
      {kNumeric, NumericTypmod(10, 2), Numeric({1, 0}, 1, 0, 2), "zeros at the end"},
      {kNumeric, NumericTypmod(10, 2), Numeric({}, 0, 0x4000, 2), "minus zero"},
      {kNumeric, NumericTypmod(10, 2), Numeric({}, 3, 0, 2), "zero with a weight"},
  };
  for (const Case& test : cases) {
    EXPECT_EQ(Travel(MakeColumn("c", test.oid, test.typmod), *test.field).decoded,
              Decoded::kOutOfRange)
        << test.text;
  }
}

TEST(CodecTest, RefusesFieldsOfAnotherLength) {
  const std::vector<std::pair<std::uint32_t, std::size_t>> sizes{
      {16, 1},  {21, 2},  {23, 4},   {20, 8},   {26, 4},   {790, 8},
      {700, 4}, {701, 8}, {1082, 4}, {1083, 8}, {1114, 8}, {1184, 8}};
  for (const auto& [oid, size] : sizes) {
    for (const std::size_t wrong : {std::size_t{0}, size - 1, size + 1}) {
      EXPECT_EQ(Travel(MakeColumn("c", oid), std::string(wrong, '\0')).decoded, Decoded::kMalformed)
          << oid;
    }
  }
  EXPECT_EQ(Travel(MakeColumn("c", 16), "\x02").decoded, Decoded::kMalformed);
  EXPECT_EQ(Travel(MakeColumn("c", 1083), *Big(std::int64_t{-1})).decoded, Decoded::kMalformed);
}

TEST(CodecTest, RefusesMalformedNumericsAndJson) {
  const model::Column numeric = MakeColumn("c", kNumeric, NumericTypmod(10, 2));
  for (const Field& field : {Text("short"), Numeric({10'000}, 0, 0, 2)}) {
    EXPECT_EQ(Travel(numeric, *field).decoded, Decoded::kMalformed);
  }
  std::string count = *Numeric({1}, 0, 0, 2);
  count[1] = 2;
  EXPECT_EQ(Travel(numeric, count).decoded, Decoded::kMalformed);
  count[0] = '\xff';
  EXPECT_EQ(Travel(numeric, count).decoded, Decoded::kMalformed);
  EXPECT_EQ(Travel(MakeColumn("c", 3802), "").decoded, Decoded::kMalformed);
  EXPECT_EQ(Travel(MakeColumn("c", 3802), "\x02{}").decoded, Decoded::kMalformed);
}

TEST(CodecTest, RefusesTextThatIsNotUtf8) {
  for (const std::uint32_t oid : {25U, 114U, 600U}) {
    EXPECT_EQ(Travel(MakeColumn("c", oid), "a\xff").decoded, Decoded::kNotUtf8);
  }
  EXPECT_EQ(Travel(MakeColumn("c", 3802), "\x01\xc3").decoded, Decoded::kNotUtf8);
}

// A file may be damaged or made up: a value that the type cannot hold must not pass for one.
TEST(CodecTest, EncodesNoValueOutsideTheType) {
  std::string out;
  EXPECT_FALSE(Int16Codec::Encode(65'541, out));
  EXPECT_FALSE(OidCodec::Encode(-1, out));
  EXPECT_FALSE(OidCodec::Encode(std::int64_t{1} << 32, out));
  EXPECT_FALSE(DateCodec::Encode(2'932'897, out));
  EXPECT_FALSE(TimeCodec::Encode(-1, out));
  EXPECT_FALSE(TimestampCodec::Encode(std::numeric_limits<std::int64_t>::max(), out));
  const DecimalCodec decimal = DecimalCodec::Of(NumericTypmod(2, 0));
  const std::array<std::uint8_t, 1> hundred{100};
  EXPECT_FALSE(decimal.Encode(parquet::FLBA(hundred.data()), out));
  EXPECT_FALSE(decimal.ToText(parquet::FLBA(hundred.data()), out));
  EXPECT_FALSE(Int16Codec::ToText(65'541, out));
  EXPECT_FALSE(DateCodec::ToText(2'932'897, out));
  EXPECT_FALSE(TimeCodec::ToText(-1, out));
  EXPECT_FALSE(
      (TimestampCodec{.with_zone = true}.ToText(std::numeric_limits<std::int64_t>::min(), out)));
}

// numeric_send of a number that is given by its digits. The reference is written as simply as
// can be: by text, in groups of four.
Field NumericOf(std::string digits, bool negative, std::int32_t scale) {
  digits.insert(0, static_cast<std::size_t>(scale) + 1, '0');
  std::string whole = digits.substr(0, digits.size() - static_cast<std::size_t>(scale));
  std::string fraction = digits.substr(whole.size());
  while (whole.size() % 4 != 0) whole.insert(0, 1, '0');
  while (fraction.size() % 4 != 0) fraction.push_back('0');
  std::vector<std::uint16_t> groups;
  const std::string all = whole + fraction;
  for (std::size_t i = 0; i < all.size(); i += 4) {
    groups.push_back(static_cast<std::uint16_t>(std::stoi(all.substr(i, 4))));
  }
  auto weight = static_cast<std::int16_t>(whole.size() / 4 - 1);
  while (!groups.empty() && groups.front() == 0) {
    groups.erase(groups.begin());
    --weight;
  }
  while (!groups.empty() && groups.back() == 0) groups.pop_back();
  if (groups.empty()) return Numeric({}, 0, 0, static_cast<std::int16_t>(scale));
  return Numeric(groups, weight, negative ? 0x4000 : 0, static_cast<std::int16_t>(scale));
}

TEST(CodecTest, NumericsOfEveryShapeComeBack) {
  std::uint64_t state = 88172645463325252U;
  const auto next = [&state](std::uint64_t below) {
    state ^= state << 13U;
    state ^= state >> 7U;
    state ^= state << 17U;
    return state % below;
  };
  for (std::int32_t precision = 1; precision <= 38; ++precision) {
    for (std::int32_t scale = 0; scale <= precision; ++scale) {
      const model::Column column = MakeColumn("c", kNumeric, NumericTypmod(precision, scale));
      for (int i = 0; i < 20; ++i) {
        std::string digits;
        const auto count = next(static_cast<std::uint64_t>(precision) + 1);
        while (digits.size() < count) {
          digits.push_back(static_cast<char>('0' + (next(3) == 0 ? 0 : next(10))));
        }
        const Field field = NumericOf(digits, next(2) == 0, scale);
        const Outcome outcome = Travel(column, *field);
        ASSERT_EQ(outcome.decoded, Decoded::kOk) << precision << ',' << scale << ' ' << digits;
        ASSERT_EQ(outcome.again, *field) << precision << ',' << scale << ' ' << digits;
      }
    }
  }
}

TEST(CodecTest, RandomBitsComeBack) {
  std::uint64_t state = 12345;
  for (int i = 0; i < 100'000; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    for (const std::uint32_t oid : {20U, 790U, 701U}) {
      ASSERT_EQ(Travel(MakeColumn("c", oid), *Big(state)).again, *Big(state));
    }
    const auto half = static_cast<std::uint32_t>(state >> 32U);
    for (const std::uint32_t oid : {23U, 26U, 700U}) {
      ASSERT_EQ(Travel(MakeColumn("c", oid), *Big(half)).again, *Big(half));
    }
    const Outcome stamp = Travel(MakeColumn("c", 1184), *Big(state));
    if (stamp.decoded == Decoded::kOk) {
      ASSERT_EQ(stamp.again, *Big(state));
    }
  }
}

}  // namespace
}  // namespace pgattic::columnar
