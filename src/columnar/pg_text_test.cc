#include "columnar/pg_text.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace pgattic::columnar {
namespace {

template <typename Value>
std::string Print(void (*append)(Value, std::string&), Value value) {
  std::string text;
  append(value, text);
  return text;
}

// Texts as PostgreSQL 15 prints them with extra_float_digits = 3.
TEST(PgTextTest, PrintsFloat8AsPostgresDoes) {
  const std::vector<std::pair<double, std::string>> cases{
      {0.0, "0"},
      {-0.0, "-0"},
      {1.0, "1"},
      {-1.5, "-1.5"},
      {0.1, "0.1"},
      {100.0, "100"},
      {0.0001, "0.0001"},
      {0.00001, "1e-05"},
      {1e14, "100000000000000"},
      {1e15, "1e+15"},
      {123456789012345.0, "123456789012345"},
      {9007199254740993.0, "9.007199254740992e+15"},
      {1e100, "1e+100"},
      {5e-324, "5e-324"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {std::numeric_limits<double>::infinity(), "Infinity"},
      {-std::numeric_limits<double>::infinity(), "-Infinity"},
      {std::nan(""), "NaN"},
      {-std::nan(""), "NaN"},
  };
  for (const auto& [value, text] : cases) EXPECT_EQ(Print(AppendDouble, value), text);
}

// 1e23 reads back as the same value, but lies exactly between two: PostgreSQL prints more.
TEST(PgTextTest, LeavesTiesOutAsPostgresDoes) {
  EXPECT_EQ(Print(AppendDouble, 1e23), "9.999999999999999e+22");
  EXPECT_EQ(Print(AppendDouble, std::ldexp(1.0, -44)), "5.684341886080802e-14");
}

TEST(PgTextTest, PrintsFloat4AsPostgresDoes) {
  const std::vector<std::pair<float, std::string>> cases{
      {0.0F, "0"},
      {0.1F, "0.1"},
      {1e5F, "100000"},
      {1e6F, "1e+06"},
      {123456.0F, "123456"},
      {16777216.0F, "1.6777216e+07"},
      {33554432.0F, "3.3554432e+07"},
      {8388608.5F, "8.388608e+06"},
      {3.4028235e38F, "3.4028235e+38"},
      {1e-45F, "1e-45"},
      {-std::numeric_limits<float>::infinity(), "-Infinity"},
  };
  for (const auto& [value, text] : cases) EXPECT_EQ(Print(AppendFloat, value), text);
}

TEST(PgTextTest, EveryFloatReadsBackAsItself) {
  std::uint64_t bits = 88172645463325252U;
  for (int i = 0; i < 200'000; ++i) {
    bits ^= bits << 13U;
    bits ^= bits >> 7U;
    bits ^= bits << 17U;
    const auto value = std::bit_cast<double>(bits);
    if (!std::isnormal(value)) continue;  // stod refuses subnormals
    ASSERT_EQ(std::stod(Print(AppendDouble, value)), value);
  }
}

TEST(PgTextTest, PrintsDatesAndTimes) {
  EXPECT_EQ(Print(AppendDate, 0), "1970-01-01");
  EXPECT_EQ(Print(AppendDate, -719'162), "0001-01-01");
  EXPECT_EQ(Print(AppendDate, 2'932'896), "9999-12-31");
  EXPECT_EQ(Print(AppendDate, 19'782), "2024-02-29");
  EXPECT_EQ(Print(AppendTimeOfDay, std::int64_t{0}), "00:00:00");
  EXPECT_EQ(Print(AppendTimeOfDay, std::int64_t{86'399'999'999}), "23:59:59.999999");
  EXPECT_EQ(Print(AppendTimeOfDay, std::int64_t{100'000}), "00:00:00.1");
  EXPECT_EQ(Print(AppendTimeOfDay, std::int64_t{1}), "00:00:00.000001");
  EXPECT_EQ(Print(AppendTimestamp, std::int64_t{-500'000}), "1969-12-31 23:59:59.5");
  EXPECT_EQ(Print(AppendTimestamp, std::int64_t{1'705'314'600'123'456}),
            "2024-01-15 10:30:00.123456");
}

TEST(PgTextTest, PrintsBytesAsHex) {
  std::string text;
  AppendBytea(AsBytes(std::string_view("\0\x7f\xff", 3)), text);
  EXPECT_EQ(text, "\\x007fff");
}

TEST(PgTextTest, PrintsIntegers) {
  EXPECT_EQ(Print(AppendInteger, std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
}

}  // namespace
}  // namespace pgattic::columnar
