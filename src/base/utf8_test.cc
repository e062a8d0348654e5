#include "base/utf8.h"

#include <gtest/gtest.h>

namespace pgattic {
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

}  // namespace
}  // namespace pgattic
