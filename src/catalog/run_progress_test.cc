#include "catalog/run_progress.h"

#include <gtest/gtest.h>

namespace pgattic::catalog {
namespace {

/// Two of six parts after ten minutes, eleven minutes into the step.
RunProgress SomeProgress() {
  RunProgress run;
  run.is_at_work = true;
  run.in_step = std::chrono::minutes(11);
  run.to_last = std::chrono::minutes(10);
  run.parts_done = 3;
  run.parts_done_in_step = 2;
  run.parts_left = 4;
  run.rows_done = 300;
  return run;
}

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
