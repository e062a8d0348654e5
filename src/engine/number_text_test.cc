#include "engine/number_text.h"

#include <gtest/gtest.h>

namespace pgattic::engine {
namespace {

TEST(ReadNumber, TakesDigitsASignAndAPointWithin) {
  const auto number = ReadNumber("-12.50");
  ASSERT_TRUE(number);
  EXPECT_TRUE(number->is_negative);
  EXPECT_EQ(number->digits, "1250");
  EXPECT_EQ(number->scale, 2U);
  EXPECT_TRUE(number->is_plain);
  EXPECT_TRUE(ReadNumber("0")->is_plain);
  EXPECT_TRUE(ReadNumber("0.5")->is_plain);
  EXPECT_TRUE(ReadNumber(std::string(38, '9')));
  for (const char* odd : {"007", "+7", "-0", "-0.0", "00.5"}) {
    ASSERT_TRUE(ReadNumber(odd)) << odd;
    EXPECT_FALSE(ReadNumber(odd)->is_plain) << odd;
  }
}

TEST(ReadNumber, TakesNothingElse) {
  for (const char* text : {"", "-", "+", ".", "1.", ".5", "1.2.3", "1e5", " 1", "1 ", "1;", "0x1",
                           "--1", "nan", "1'", "\xd9\xa1"}) {
    EXPECT_FALSE(ReadNumber(text)) << text;
  }
  EXPECT_FALSE(ReadNumber(std::string(39, '9')));
}

}  // namespace
}  // namespace pgattic::engine
