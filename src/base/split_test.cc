#include "base/split.h"

#include <gtest/gtest.h>

namespace pgattic {
namespace {

using Pieces = std::vector<std::string>;

TEST(SplitTest, KeepsEveryPieceEmptyOnesToo) {
  EXPECT_EQ(Split("a,b", ","), (Pieces{"a", "b"}));
  EXPECT_EQ(Split("", ","), Pieces{""});
  EXPECT_EQ(Split(",a,", ","), (Pieces{"", "a", ""}));
  EXPECT_EQ(Split("a \tb", " \t"), (Pieces{"a", "", "b"}));
  EXPECT_EQ(Split("abc", "\x01"), Pieces{"abc"});
}

}  // namespace
}  // namespace pgattic
