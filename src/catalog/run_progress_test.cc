#include "catalog/run_progress.h"

#include <gtest/gtest.h>

#include "catalog/test_progress.h"

namespace pgattic::catalog {
namespace {

using testing::SomeProgress;

TEST(TimeLeft, FollowsThePaceOfThePartsOfThisStepAndCountsDownBetweenThem) {
  RunProgress run = SomeProgress();
  EXPECT_EQ(TimeLeft(run), std::chrono::minutes(19));
  run.in_step = std::chrono::minutes(12);
  EXPECT_EQ(TimeLeft(run), std::chrono::minutes(18));
}

TEST(TimeLeft, IsZeroOnceItIsOver) {
  RunProgress run = SomeProgress();
  run.in_step = std::chrono::hours(3);
  EXPECT_EQ(TimeLeft(run), std::chrono::minutes(0));
}

TEST(TimeLeft, IsNotKnownBeforeAPartIsDoneNorWhenNoneIsLeftOrNobodyWorks) {
  const RunProgress some = SomeProgress();
  RunProgress none_done = some;
  none_done.parts_done_in_step = 0;
  EXPECT_EQ(TimeLeft(none_done), std::nullopt);
  RunProgress none_left = some;
  none_left.parts_left = 0;
  EXPECT_EQ(TimeLeft(none_left), std::nullopt);
  RunProgress killed = some;
  killed.is_at_work = false;
  EXPECT_EQ(TimeLeft(killed), std::nullopt);
}

}  // namespace
}  // namespace pgattic::catalog
