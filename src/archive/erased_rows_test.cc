#include "archive/erased_rows.h"

#include <gtest/gtest.h>

namespace pgattic::archive {
namespace {

using catalog::JournalPart;

/// A part of the range [from, to) ("" is open) whose first id is `min`.
JournalPart PartOf(int number, const std::string& from, const std::string& to,
                   const std::string& min) {
  JournalPart part;
  part.record.number = number;
  part.record.min_id = min;
  if (!from.empty()) part.range.from = from;
  if (!to.empty()) part.range.to = to;
  return part;
}

std::string Text(const JournalPart& part) {
  return "[" + part.range.from.value_or("") + ", " + part.range.to.value_or("") + ")";
}

TEST(MoveBounds, ABoundThatIsErasedGoesToTheNextIdThatIsLeft) {
  std::vector<JournalPart> parts = {PartOf(1, "", "m", "a"), PartOf(2, "m", "t", "n"),
                                    PartOf(3, "t", "", "t")};
  EXPECT_EQ(MoveBounds({"m", "x"}, parts), (std::set<int>{1, 2}));
  EXPECT_EQ(Text(parts[0]), "[, n)");
  EXPECT_EQ(Text(parts[1]), "[n, t)");
  EXPECT_EQ(Text(parts[2]), "[t, )");
}

TEST(MoveBounds, OfAPartWithoutRowsItGoesToItsEnd) {
  std::vector<JournalPart> parts = {PartOf(1, "", "m", "a"), PartOf(2, "m", "t", ""),
                                    PartOf(3, "t", "", "t")};
  MoveBounds({"m"}, parts);
  EXPECT_EQ(Text(parts[0]), "[, t)");
  EXPECT_EQ(Text(parts[1]), "[t, t)");
}

TEST(MoveBounds, OfALastPartWithoutRowsItGoesBack) {
  std::vector<JournalPart> parts = {PartOf(1, "", "m", "a"), PartOf(2, "m", "", "")};
  MoveBounds({"m"}, parts);
  EXPECT_EQ(Text(parts[0]), "[, a)");
  EXPECT_EQ(Text(parts[1]), "[a, )");
}

TEST(MoveBounds, RangesOfAnotherRoundAreLeftAlone) {
  std::vector<JournalPart> parts = {PartOf(1, "", "m", "a"), PartOf(2, "m", "", "n")};
  parts[0].record.round = 2;
  EXPECT_EQ(MoveBounds({"m"}, parts), (std::set<int>{2}));
  EXPECT_EQ(Text(parts[0]), "[, m)");
}

}  // namespace
}  // namespace pgattic::archive
