#include "resilience/latency_window.h"

#include <gtest/gtest.h>

#include <thread>

namespace pgattic::resilience {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

class LatencyWindowTest : public testing::Test {
 protected:
  ManualClock clock_{WallTime(seconds(1'000'000))};
};

TEST_F(LatencyWindowTest, SaysNothingBeforeThereAreEnoughCalls) {
  LatencyWindow window(clock_, {.least_samples = 3});
  window.Record(milliseconds(1));
  window.Record(milliseconds(1));
  EXPECT_FALSE(window.Quantile(0.95).has_value());
  window.Record(milliseconds(1));
  EXPECT_EQ(window.Quantile(0.95), milliseconds(1));
}

TEST_F(LatencyWindowTest, SaysNothingOfNoCallsEvenWhenNoneAreNeeded) {
  EXPECT_FALSE(LatencyWindow(clock_, {.least_samples = 0}).Quantile(0.5).has_value());
}

TEST_F(LatencyWindowTest, GivesTheNearestRank) {
  LatencyWindow window(clock_, {});
  for (int i = 100; i >= 1; --i) window.Record(microseconds(i));
  EXPECT_EQ(window.Quantile(0.95), microseconds(95));
  EXPECT_EQ(window.Quantile(0.951), microseconds(96));
  EXPECT_EQ(window.Quantile(0.5), microseconds(50));
  EXPECT_EQ(window.Quantile(0), microseconds(1));
  EXPECT_EQ(window.Quantile(1), microseconds(100));
  EXPECT_EQ(window.Quantile(7), microseconds(100));
  EXPECT_EQ(window.Quantile(-1), microseconds(1));
}

TEST_F(LatencyWindowTest, KeepsTheLastCallsOnly) {
  LatencyWindow window(clock_, {.samples = 4, .least_samples = 1});
  for (int i = 1; i <= 9; ++i) window.Record(microseconds(i));
  EXPECT_EQ(window.Quantile(0), microseconds(6));
  EXPECT_EQ(window.Quantile(1), microseconds(9));
}

TEST_F(LatencyWindowTest, ForgetsOldCalls) {
  LatencyWindow window(clock_, {.least_samples = 1, .max_age = seconds(10)});
  window.Record(seconds(5));
  clock_.Advance(seconds(10));
  window.Record(milliseconds(1));
  EXPECT_EQ(window.Quantile(1), seconds(5));
  clock_.Advance(microseconds(1));
  EXPECT_EQ(window.Quantile(1), milliseconds(1));
  clock_.Advance(seconds(11));
  EXPECT_FALSE(window.Quantile(1).has_value());
}

TEST_F(LatencyWindowTest, TakesANegativeDurationForZero) {
  LatencyWindow window(clock_, {.least_samples = 1});
  window.Record(microseconds(-5));
  EXPECT_EQ(window.Quantile(1), microseconds(0));
}

TEST_F(LatencyWindowTest, TakesCallsOfManyThreads) {
  LatencyWindow window(clock_, {.samples = 4000, .least_samples = 4000});
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 1; i <= 1000; ++i) window.Record(microseconds(i));
      });
    }
  }
  EXPECT_EQ(window.Quantile(0.5), microseconds(500));
}

}  // namespace
}  // namespace pgattic::resilience
