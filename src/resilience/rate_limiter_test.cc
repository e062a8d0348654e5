#include "resilience/rate_limiter.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace pgattic::resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class RateLimiterTest : public testing::Test {
 protected:
  ManualClock clock_{WallTime(seconds(1'000'000))};
  std::stop_source source_;
  OpContext ctx_{clock_, source_.get_token()};
  RateLimiter limiter_{clock_, {.per_second = 10, .burst = 4}};

  int TakeAll() {
    int taken = 0;
    while (limiter_.TryTake()) ++taken;
    return taken;
  }
};

TEST_F(RateLimiterTest, LetsTheBurstThroughAtOnce) {
  EXPECT_EQ(TakeAll(), 4);
  EXPECT_FALSE(limiter_.TryTake());
}

TEST_F(RateLimiterTest, EarnsTokensWithTime) {
  TakeAll();
  clock_.Advance(milliseconds(99));
  EXPECT_EQ(TakeAll(), 0);
  clock_.Advance(milliseconds(1));
  EXPECT_EQ(TakeAll(), 1);
  clock_.Advance(milliseconds(250));
  EXPECT_EQ(TakeAll(), 2);
  clock_.Advance(milliseconds(50));
  EXPECT_EQ(TakeAll(), 1) << "half tokens are kept";
}

TEST_F(RateLimiterTest, SavesNoMoreThanTheBurst) {
  clock_.Advance(std::chrono::hours(1));
  EXPECT_EQ(TakeAll(), 4);
}

TEST_F(RateLimiterTest, NeverGivesMoreThanTheBurstAtOnce) {
  EXPECT_FALSE(limiter_.TryTake(5));
  EXPECT_TRUE(limiter_.TryTake(4));
}

TEST_F(RateLimiterTest, SaysWhenToComeBack) {
  EXPECT_EQ(limiter_.TimeUntil(), milliseconds(0));
  TakeAll();
  EXPECT_EQ(limiter_.TimeUntil(), milliseconds(100));
  EXPECT_EQ(limiter_.TimeUntil(4), milliseconds(400));
  EXPECT_EQ(limiter_.TimeUntil(1e300), milliseconds(400));
  clock_.Advance(limiter_.TimeUntil());
  EXPECT_TRUE(limiter_.TryTake());
}

TEST_F(RateLimiterTest, KeepsThePaceOfWhoBlocks) {
  const auto start = clock_.SteadyNow();
  for (int i = 0; i < 24; ++i) ASSERT_TRUE(limiter_.Take(ctx_, 1).ok());
  EXPECT_EQ(clock_.SteadyNow() - start, seconds(2)) << "4 at once, 20 at 10 a second";
}

TEST_F(RateLimiterTest, GivesMoreThanTheBurstToWhoBlocks) {
  const auto start = clock_.SteadyNow();
  ASSERT_TRUE(limiter_.Take(ctx_, 104).ok());
  EXPECT_EQ(clock_.SteadyNow() - start, seconds(10));
}

TEST_F(RateLimiterTest, BlocksNoLongerThanItsCallerHasTime) {
  const OpContext hurried = ctx_.WithDeadline(milliseconds(500));
  EXPECT_TRUE(limiter_.Take(hurried, 104).Is(Code::kDeadlineExceeded));
  EXPECT_EQ(clock_.SteadyNow(), hurried.deadline());
}

TEST_F(RateLimiterTest, IsCancelledWithItsCaller) {
  source_.request_stop();
  EXPECT_TRUE(limiter_.Take(ctx_, 1).Is(Code::kCancelled));
}

TEST_F(RateLimiterTest, GivesManyThreadsNoMoreThanThereIs) {
  RateLimiter limiter(clock_, {.per_second = 1, .burst = 100});
  std::atomic<int> taken{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) {
          if (limiter.TryTake()) ++taken;
        }
      });
    }
  }
  EXPECT_EQ(taken, 100);
}

}  // namespace
}  // namespace pgattic::resilience
