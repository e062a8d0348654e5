#include "base/op_context.h"

#include <gtest/gtest.h>

namespace pgattic {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class OpContextTest : public testing::Test {
 protected:
  ManualClock clock_{WallTime(seconds(1'000'000))};
  std::stop_source source_;
  OpContext root_{clock_, source_.get_token()};
};

TEST_F(OpContextTest, WithoutADeadlineNeverRunsOut) {
  clock_.Advance(std::chrono::hours(24 * 3650));
  EXPECT_TRUE(root_.Check().ok());
  EXPECT_EQ(root_.Remaining(seconds(5)), seconds(5));
}

TEST_F(OpContextTest, RunsOutAtItsDeadline) {
  const OpContext child = root_.WithDeadline(milliseconds(100));
  clock_.Advance(milliseconds(99));
  EXPECT_TRUE(child.Check().ok());
  EXPECT_EQ(child.Remaining(seconds(5)), milliseconds(1));
  clock_.Advance(milliseconds(1));
  EXPECT_TRUE(child.Check().Is(Code::kDeadlineExceeded));
  EXPECT_TRUE(root_.Check().ok());
}

TEST_F(OpContextTest, NeverHasLessThanNoTimeLeft) {
  const OpContext child = root_.WithDeadline(milliseconds(100));
  clock_.Advance(seconds(10));
  EXPECT_EQ(child.Remaining(seconds(5)), milliseconds(0));
}

TEST_F(OpContextTest, CapsTheTimeLeft) {
  EXPECT_EQ(root_.WithDeadline(seconds(60)).Remaining(seconds(2)), seconds(2));
}

TEST_F(OpContextTest, AChildNeverOutlivesItsParent) {
  const OpContext parent = root_.WithDeadline(milliseconds(100));
  EXPECT_EQ(parent.WithDeadline(seconds(60)).deadline(), parent.deadline());
  EXPECT_LT(parent.WithDeadline(milliseconds(10)).deadline(), parent.deadline());
}

TEST_F(OpContextTest, TakesTheLongestBudgetForNoHurry) {
  const OpContext child = root_.WithDeadline(milliseconds::max());
  clock_.Advance(std::chrono::hours(24));
  EXPECT_TRUE(child.Check().ok());
}

TEST_F(OpContextTest, IsCancelledWithItsChildren) {
  const OpContext child = root_.WithDeadline(seconds(60));
  source_.request_stop();
  EXPECT_TRUE(root_.Check().Is(Code::kCancelled));
  EXPECT_TRUE(child.Check().Is(Code::kCancelled));
}

TEST_F(OpContextTest, AChildWithAStopOfItsOwnHeedsThatAloneAndTheDeadline) {
  std::stop_source own;
  const OpContext parent = root_.WithDeadline(seconds(60));
  const OpContext child = parent.WithStop(own.get_token());
  source_.request_stop();
  EXPECT_TRUE(child.Check().ok());
  EXPECT_EQ(child.deadline(), parent.deadline());
  own.request_stop();
  EXPECT_TRUE(child.Check().Is(Code::kCancelled));
}

TEST_F(OpContextTest, CancelledSaysMoreThanLate) {
  const OpContext child = root_.WithDeadline(milliseconds(1));
  clock_.Advance(seconds(1));
  source_.request_stop();
  EXPECT_TRUE(child.Check().Is(Code::kCancelled));
}

TEST_F(OpContextTest, SleepsAsLongAsAskedWhenThereIsTime) {
  EXPECT_TRUE(root_.WithDeadline(seconds(60)).SleepFor(seconds(2)).ok());
  EXPECT_EQ(clock_.WallNow(), WallTime(seconds(1'000'002)));
}

TEST_F(OpContextTest, SleepsNoLongerThanItsDeadlineAndSaysSo) {
  const OpContext child = root_.WithDeadline(seconds(1));
  EXPECT_TRUE(child.SleepFor(seconds(60)).Is(Code::kDeadlineExceeded));
  EXPECT_EQ(clock_.WallNow(), WallTime(seconds(1'000'001)));
}

TEST_F(OpContextTest, DoesNotSleepOnceStopped) {
  source_.request_stop();
  EXPECT_TRUE(root_.SleepFor(seconds(60)).Is(Code::kCancelled));
  EXPECT_EQ(clock_.WallNow(), WallTime(seconds(1'000'000)));
}

}  // namespace
}  // namespace pgattic
