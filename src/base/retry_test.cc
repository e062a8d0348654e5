#include "base/retry.h"

#include <gtest/gtest.h>

#include <set>

namespace pgattic {
namespace {

using std::chrono::milliseconds;

/// A clock that nobody has to wait for, and a call that fails a given number of times.
class WithRetryTest : public testing::Test {
 protected:
  Status FailTimes(int failures, Code code) {
    return ++calls_ <= failures ? Status(code, "failure " + std::to_string(calls_)) : Status::Ok();
  }
  Status Retry(int failures, Code code) {
    return WithRetry(ctx_, policy_, [&] { return FailTimes(failures, code); });
  }

  ManualClock clock_{WallTime()};
  std::stop_source source_;
  OpContext ctx_{clock_, source_.get_token()};
  RetryPolicy policy_;
  int calls_ = 0;
};

TEST_F(WithRetryTest, CallsOnceWhenItSucceeds) {
  EXPECT_TRUE(Retry(0, Code::kUnavailable).ok());
  EXPECT_EQ(calls_, 1);
  EXPECT_EQ(clock_.WallNow(), WallTime());
}

TEST_F(WithRetryTest, RepeatsUntilItSucceedsAndWaitsBetween) {
  EXPECT_TRUE(Retry(3, Code::kUnavailable).ok());
  EXPECT_EQ(calls_, 4);
  // Delays of 100, 200 and 400 ms, each at least half of that.
  EXPECT_GE(clock_.WallNow(), WallTime(milliseconds(350)));
  EXPECT_LE(clock_.WallNow(), WallTime(milliseconds(700)));
}

TEST_F(WithRetryTest, GivesTheLastErrorWhenTheAttemptsAreUsedUp) {
  const Status status = Retry(100, Code::kUnavailable);
  EXPECT_EQ(calls_, policy_.max_attempts);
  EXPECT_EQ(status.error().message, "failure 4");
}

TEST_F(WithRetryTest, RepeatsExactlyTheCodesOfClassSameCallExceptDeferred) {
  for (int index = 0; index < kCodeCount; ++index) {
    const Code code = static_cast<Code>(index);
    calls_ = 0;
    EXPECT_TRUE(Retry(100, code).Is(code));
    const bool repeats = TraitsOf(code).retry == RetryClass::kSameCall && code != Code::kDeferred;
    EXPECT_EQ(calls_, repeats ? policy_.max_attempts : 1) << TraitsOf(code).name;
  }
}

TEST_F(WithRetryTest, NeverRepeatsWhatMayHaveHappened) {
  EXPECT_TRUE(Retry(1, Code::kInDoubt).Is(Code::kInDoubt));
  EXPECT_EQ(calls_, 1);
}

TEST_F(WithRetryTest, StopsWhenToldAndKeepsTheErrorOfTheCall) {
  const Status status = WithRetry(ctx_, policy_, [&] {
    source_.request_stop();
    return FailTimes(100, Code::kUnavailable);
  });
  EXPECT_TRUE(status.Is(Code::kUnavailable));
  EXPECT_EQ(calls_, 1);
}

TEST_F(WithRetryTest, StopsWhenTimeRunsOut) {
  policy_.max_attempts = 1000;
  const OpContext limited = ctx_.WithDeadline(milliseconds(1000));
  const Status status =
      WithRetry(limited, policy_, [&] { return FailTimes(1000, Code::kUnavailable); });
  EXPECT_TRUE(status.Is(Code::kUnavailable));
  EXPECT_LT(calls_, 10);
  EXPECT_LE(clock_.WallNow(), WallTime(milliseconds(1000)));
}

TEST_F(WithRetryTest, HandsOnTheValue) {
  const Result<int> result = WithRetry(ctx_, policy_, [&]() -> Result<int> {
    PGATTIC_RETURN_IF_ERROR(FailTimes(2, Code::kUnavailable));
    return 42;
  });
  EXPECT_EQ(result.value(), 42);
  EXPECT_EQ(calls_, 3);
}

TEST(RetryDelay, DoublesUpToTheLimitAndIsSpreadOverItsUpperHalf) {
  const RetryPolicy policy{10, milliseconds(100), milliseconds(1000)};
  const int bounds[] = {100, 200, 400, 800, 1000, 1000};
  for (int attempt = 1; attempt <= 6; ++attempt) {
    std::set<milliseconds> seen;
    for (int draw = 0; draw < 200; ++draw) {
      const milliseconds delay = RetryDelay(policy, attempt);
      EXPECT_GE(delay, milliseconds(bounds[attempt - 1] / 2));
      EXPECT_LE(delay, milliseconds(bounds[attempt - 1]));
      seen.insert(delay);
    }
    EXPECT_GT(seen.size(), 5U) << "no jitter before attempt " << attempt + 1;
  }
}

TEST(RetryDelay, StaysWithinTheLimitAfterManyFailures) {
  EXPECT_LE(RetryDelay(RetryPolicy(), 1'000'000), RetryPolicy().max_delay);
}

}  // namespace
}  // namespace pgattic
