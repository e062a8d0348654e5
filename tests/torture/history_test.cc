#include "tests/torture/history.h"

#include <gtest/gtest.h>

namespace pgattic::torture {
namespace {

Instant Now() { return std::chrono::steady_clock::now(); }

/// A row that was "a", then "b"; looks are made before, between and after.
class HistoryTest : public ::testing::Test {
 protected:
  void Set(const Value& value) { history_.Confirm(history_.Announce({{"r", value}})); }
  void Look(Instant from, const Value& value) { history_.Note({"r", from, Now(), value}); }
  std::size_t Faults() const { return history_.Faults().size(); }

  History history_;
};

TEST_F(HistoryTest, TheVersionOfTheMomentIsRight) {
  Look(Now(), std::nullopt);
  Set("a");
  Look(Now(), "a");
  Set("b");
  Look(Now(), "b");
  Set(std::nullopt);
  Look(Now(), std::nullopt);
  EXPECT_EQ(Faults(), 0U);
}

TEST_F(HistoryTest, ALostRowIsCaught) {
  Set("a");
  Look(Now(), std::nullopt);
  EXPECT_EQ(Faults(), 1U);
}

TEST_F(HistoryTest, AStaleVersionIsCaught) {
  Set("a");
  Set("b");
  Look(Now(), "a");
  EXPECT_EQ(Faults(), 1U);
}

TEST_F(HistoryTest, AVersionFromTheFutureIsCaught) {
  Set("a");
  Look(Now(), "b");
  Set("b");
  EXPECT_EQ(Faults(), 1U);
}

TEST_F(HistoryTest, ARowThatCameBackFromTheDeadIsCaught) {
  Set("a");
  Set(std::nullopt);
  Look(Now(), "a");
  EXPECT_EQ(Faults(), 1U);
}

TEST_F(HistoryTest, ARowThatNobodyWroteIsCaught) {
  history_.Note({"other", Now(), Now(), "x"});
  EXPECT_EQ(Faults(), 1U);
}

TEST_F(HistoryTest, ALookThatSpansACommitMaySeeEither) {
  Set("a");
  const Instant before = Now();
  Set("b");
  Look(before, "a");
  Look(before, "b");
  EXPECT_EQ(Faults(), 0U);
}

TEST_F(HistoryTest, WhileACommitIsInDoubtEitherIsRight) {
  Set("a");
  const History::Ticket ticket = history_.Announce({{"r", "b"}});
  Look(Now(), "a");
  Look(Now(), "b");
  history_.Confirm(ticket);
  EXPECT_EQ(Faults(), 0U);
  Look(Now(), "a");
  EXPECT_EQ(Faults(), 1U);
}

TEST_F(HistoryTest, WhatWasRolledBackMayNotBeSeen) {
  Set("a");
  const History::Ticket ticket = history_.Announce({{"r", "b"}});
  Look(Now(), "b");
  history_.Withdraw(ticket);
  EXPECT_EQ(Faults(), 1U);
  EXPECT_EQ(history_.Current("r"), "a");
}

}  // namespace
}  // namespace pgattic::torture
