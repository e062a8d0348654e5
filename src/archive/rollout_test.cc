#include "archive/rollout.h"

#include <gtest/gtest.h>

namespace pgattic::archive {
namespace {

using std::chrono::days;
using std::chrono::hours;

WallTime At(const char* text) {
  return WallTime(std::chrono::microseconds(*model::ParseInstant(text)));
}

std::string CutoffText(const char* now, int months) {
  return model::FormatInstant(Cutoff(At(now), months));
}

TEST(RolloutTest, ACutoffIsSoManyMonthsAgo) {
  EXPECT_EQ(CutoffText("2024-06-15T12:00:00Z", 3), "2024-03-15T12:00:00Z");
  EXPECT_EQ(CutoffText("2024-05-31T12:00:00Z", 3), "2024-02-29T12:00:00Z");
  EXPECT_EQ(CutoffText("2024-01-01T00:00:00Z", 12), "2023-01-01T00:00:00Z");
}

TEST(RolloutTest, TheRetentionIsTheStages) {
  SourceOptions options;
  catalog::RolloutRecord record;
  record.stage = 2;
  EXPECT_EQ(RetentionMonths(options, record), 3);
  options.rollout = {{6, days(14)}, {4, days(14)}, {2, days(0)}};
  for (const auto& [stage, months] : {std::pair{1, 6}, {2, 4}, {3, 2}, {9, 2}, {0, 6}}) {
    record.stage = stage;
    EXPECT_EQ(RetentionMonths(options, record), months) << stage;
  }
}

class Behind : public testing::Test {
 protected:
  static catalog::Partition Month(int month) {
    catalog::Partition partition;
    partition.bounds.from_us = month;
    partition.bounds.to_us = month + 1;
    partition.is_empty = false;
    return partition;
  }
  catalog::ArchiveRecord Archive(int month, model::Phase phase) const {
    catalog::ArchiveRecord record;
    record.source = source_;
    record.bounds = Month(month).bounds;
    record.state.phase = phase;
    return record;
  }
  const model::SourceId source_{"d", "s", "t"};
};

TEST_F(Behind, CountsWhatIsOldHoldsRowsAndIsInTheDatabase) {
  std::vector<catalog::Partition> partitions = {Month(1), Month(2), Month(3), Month(4), Month(5)};
  partitions[1].is_empty = true;
  EXPECT_EQ(CountBehind(source_, 5, partitions, {}), 3);
  // Under way is not there yet; late rows of a month that stands aside wait for its drop.
  EXPECT_EQ(CountBehind(source_, 5, partitions, {Archive(1, model::Phase::kMarked)}), 3);
  EXPECT_EQ(CountBehind(source_, 5, partitions, {Archive(1, model::Phase::kDetached)}), 2);
  EXPECT_EQ(CountBehind({"d", "s", "other"}, 5, partitions, {Archive(1, model::Phase::kDetached)}),
            3);
  // Late rows of an archived month are.
  EXPECT_EQ(CountBehind(source_, 5, partitions, {Archive(1, model::Phase::kArchived)}), 3);
  partitions[0].unsupported_bounds = "DEFAULT";
  EXPECT_EQ(CountBehind(source_, 5, partitions, {}), 2);
}

class JudgeTest : public testing::Test {
 protected:
  JudgeTest() {
    record_.since = At("2024-01-01T00:00:00Z");
    seen_ = {14 * 24 * 3600, 10'000, 10, 100, 1'000, 1};
  }
  StageVerdict Judged() const {
    return Judge({6, days(14)}, record_, seen_, behind_, limits_, now_);
  }
  void ExpectNo(const std::string& why) const {
    const StageVerdict verdict = Judged();
    EXPECT_FALSE(verdict.may_promote);
    EXPECT_NE(verdict.why.find(why), std::string::npos) << verdict.why;
  }

  catalog::RolloutRecord record_;
  catalog::HealthSums seen_;
  std::int64_t behind_ = 0;
  RolloutLimits limits_;
  WallTime now_ = At("2024-01-15T00:00:00Z");
};

TEST_F(JudgeTest, PromotesAtTheLimitsAndSaysWhatItSaw) {
  const StageVerdict verdict = Judged();
  EXPECT_TRUE(verdict.may_promote) << verdict.why;
  EXPECT_NE(verdict.why.find("10000 reads, 10 failed, 100 slow"), std::string::npos) << verdict.why;
}

TEST_F(JudgeTest, WaitsForTheSoak) {
  now_ -= std::chrono::microseconds(1);
  ExpectNo("soaks until 2024-01-15T00:00:00Z");
}

TEST_F(JudgeTest, WaitsForTheMonthsOfTheStage) {
  behind_ = 1;
  ExpectNo("1 partitions are not archived yet");
}

TEST_F(JudgeTest, WhatNobodyWatchedProvesNothing) {
  seen_.seconds = seen_.seconds * 9 / 10 - 1;
  ExpectNo("of the soak");
  seen_ = {};
  ExpectNo("watched 0 %");
}

TEST_F(JudgeTest, ASoakWithoutReadsIsJudgedByTheCanary) {
  seen_.answers = seen_.errors = seen_.slow = 0;
  EXPECT_TRUE(Judged().may_promote);
  seen_.ill = 2;
  ExpectNo("canary");
}

TEST_F(JudgeTest, EachLimitHolds) {
  seen_.errors = 11;
  ExpectNo("of reads failed");
  seen_.errors = 10;
  seen_.slow = 101;
  ExpectNo("of reads were slow");
}

TEST_F(JudgeTest, AHeldOneStays) {
  record_.held_since = now_ - hours(1);
  ExpectNo("held since 2024-01-14T23:00:00Z");
}

}  // namespace
}  // namespace pgattic::archive
