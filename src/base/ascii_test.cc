#include "base/ascii.h"

#include <gtest/gtest.h>

namespace pgattic {
namespace {

TEST(AsciiLower, TurnsLettersOfAsciiAndNothingElse) {
  EXPECT_EQ(AsciiLower(""), "");
  EXPECT_EQ(AsciiLower("AZaz@[`{09-_"), "azaz@[`{09-_");
  EXPECT_EQ(AsciiLower("\xC3\x84 \xC4\xB0"), "\xC3\x84 \xC4\xB0");
}

}  // namespace
}  // namespace pgattic
