#include "api/text.h"

#include <gtest/gtest.h>

namespace pgattic::api {
namespace {

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
