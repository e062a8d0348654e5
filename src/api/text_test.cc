#include "api/text.h"

#include <gtest/gtest.h>

namespace pgattic::api {
namespace {

TEST(IsTextTest, TakesUtf8AndNothingElse) {
  for (const char* good : {"", "abc", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                           "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(IsText(good)) << good;
  }
  for (const char* bad :
       {"\x80", "\xff", "\xc0\x80", "\xc1\xbf", "\xc3", "\xe2\x82", "\xe0\x80\x80", "\xed\xa0\x80",
        "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3\x28", "a\xe2\x28\xa1"}) {
    EXPECT_FALSE(IsText(bad)) << bad;
  }
  EXPECT_FALSE(IsText(std::string_view("a\0b", 3)));
}

TEST(PercentDecodeTest, DecodesOrRefuses) {
  EXPECT_EQ(PercentDecode("a%2Fb%20c+d"), "a/b c+d");
  EXPECT_EQ(PercentDecode("%E2%82%ac"), "\xe2\x82\xac");
  for (const char* bad : {"%", "%2", "%zz", "a%2", "%00", "%ff", "%C3"}) {
    EXPECT_FALSE(PercentDecode(bad)) << bad;
  }
}

TEST(ParseDigitsTest, TakesDigitsAlone) {
  EXPECT_EQ(ParseDigits("0012", 10), 12);
  for (const char* bad : {"", "-1", "+1", "1.5", " 1", "12345678901", "0x1"}) {
    EXPECT_FALSE(ParseDigits(bad, 10)) << bad;
  }
}

}  // namespace
}  // namespace pgattic::api
