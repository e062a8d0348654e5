#include "resilience/circuit_breaker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace pgattic::resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using State = CircuitBreaker::State;

class CircuitBreakerTest : public testing::Test {
 protected:
  static constexpr CircuitBreakerOptions kOptions{
      .failures_to_open = 3, .open_for = milliseconds(100), .longest_open = milliseconds(350)};

  void Fail(int times) {
    for (int i = 0; i < times; ++i) {
      auto permit = breaker_.TryAcquire();
      ASSERT_TRUE(permit.has_value());
      permit->Failed();
    }
  }
  void Succeed() {
    auto permit = breaker_.TryAcquire();
    ASSERT_TRUE(permit.has_value());
    permit->Succeeded();
  }
  bool IsLetThrough() { return breaker_.TryAcquire().has_value(); }

  ManualClock clock_{WallTime(seconds(1'000'000))};
  std::vector<State> seen_;
  CircuitBreaker breaker_{clock_, kOptions, [this](State state) { seen_.push_back(state); }};
};

TEST_F(CircuitBreakerTest, StartsClosed) {
  EXPECT_EQ(breaker_.state(), State::kClosed);
  EXPECT_TRUE(IsLetThrough());
}

TEST_F(CircuitBreakerTest, OpensAfterSoManyFailuresInARow) {
  Fail(2);
  EXPECT_EQ(breaker_.state(), State::kClosed);
  Fail(1);
  EXPECT_EQ(breaker_.state(), State::kOpen);
  EXPECT_FALSE(IsLetThrough());
}

TEST_F(CircuitBreakerTest, ForgetsFailuresAfterASuccess) {
  Fail(2);
  Succeed();
  Fail(2);
  EXPECT_EQ(breaker_.state(), State::kClosed);
}

TEST_F(CircuitBreakerTest, TakesAPermitWithoutAVerdictForNothing) {
  Fail(2);
  { auto dropped = breaker_.TryAcquire(); }
  EXPECT_EQ(breaker_.state(), State::kClosed);
  Fail(1);
  EXPECT_EQ(breaker_.state(), State::kOpen);
}

TEST_F(CircuitBreakerTest, StaysOpenUntilItsTimeIsOver) {
  Fail(3);
  clock_.Advance(milliseconds(99));
  EXPECT_FALSE(IsLetThrough());
  clock_.Advance(milliseconds(1));
  EXPECT_EQ(breaker_.state(), State::kHalfOpen);
  EXPECT_TRUE(IsLetThrough());
}

TEST_F(CircuitBreakerTest, LetsOneTrialThroughWhenHalfOpen) {
  Fail(3);
  clock_.Advance(milliseconds(100));
  auto trial = breaker_.TryAcquire();
  ASSERT_TRUE(trial.has_value());
  EXPECT_FALSE(IsLetThrough());
  trial->Succeeded();
  EXPECT_EQ(breaker_.state(), State::kClosed);
  EXPECT_TRUE(IsLetThrough());
}

TEST_F(CircuitBreakerTest, LetsAnotherTrialThroughWhenTheFirstIsDropped) {
  Fail(3);
  clock_.Advance(milliseconds(100));
  EXPECT_TRUE(IsLetThrough());  // and dropped at once
  EXPECT_TRUE(IsLetThrough());
  EXPECT_EQ(breaker_.state(), State::kHalfOpen);
}

TEST_F(CircuitBreakerTest, StaysOpenForTwiceAsLongAfterAFailedTrialUpToTheLongest) {
  Fail(3);
  for (const auto open_for :
       {milliseconds(100), milliseconds(200), milliseconds(350), milliseconds(350)}) {
    clock_.Advance(open_for - milliseconds(1));
    EXPECT_FALSE(IsLetThrough()) << open_for.count();
    clock_.Advance(milliseconds(1));
    Fail(1);
    EXPECT_EQ(breaker_.state(), State::kOpen);
  }
}

TEST_F(CircuitBreakerTest, StartsAnewAfterItClosed) {
  Fail(3);
  clock_.Advance(milliseconds(100));
  Fail(1);
  clock_.Advance(milliseconds(200));
  Succeed();
  Fail(2);
  EXPECT_EQ(breaker_.state(), State::kClosed);
  Fail(1);
  clock_.Advance(milliseconds(100));
  EXPECT_EQ(breaker_.state(), State::kHalfOpen);
}

TEST_F(CircuitBreakerTest, IgnoresWhatCallsOfAFormerStateSay) {
  auto early = breaker_.TryAcquire();
  auto late = breaker_.TryAcquire();
  Fail(3);
  early->Succeeded();
  EXPECT_EQ(breaker_.state(), State::kOpen);
  clock_.Advance(milliseconds(100));
  auto trial = breaker_.TryAcquire();
  late->Failed();
  EXPECT_EQ(breaker_.state(), State::kHalfOpen);
  EXPECT_FALSE(IsLetThrough()) << "the trial is still out";
  trial->Succeeded();
  EXPECT_EQ(breaker_.state(), State::kClosed);
}

TEST_F(CircuitBreakerTest, TakesOneVerdictOfAPermit) {
  auto permit = breaker_.TryAcquire();
  permit->Failed();
  permit->Failed();
  permit->Failed();
  EXPECT_EQ(breaker_.state(), State::kClosed);
}

TEST_F(CircuitBreakerTest, TakesNoVerdictOfAPermitThatWasMovedFrom) {
  auto permit = breaker_.TryAcquire();
  {
    CircuitBreaker::Permit moved = std::move(*permit);
    moved.Failed();
  }
  permit->Failed();
  Fail(1);
  EXPECT_EQ(breaker_.state(), State::kClosed);
  Fail(1);
  EXPECT_EQ(breaker_.state(), State::kOpen);
}

TEST_F(CircuitBreakerTest, TellsEveryChange) {
  Fail(3);
  clock_.Advance(milliseconds(100));
  Fail(1);
  clock_.Advance(milliseconds(200));
  Succeed();
  EXPECT_THAT(seen_, testing::ElementsAre(State::kOpen, State::kHalfOpen, State::kOpen,
                                          State::kHalfOpen, State::kClosed));
}

TEST_F(CircuitBreakerTest, GivesOneOfManyThreadsTheTrial) {
  Fail(3);
  clock_.Advance(milliseconds(100));
  std::atomic<int> given{0};
  std::vector<std::optional<CircuitBreaker::Permit>> permits(8);
  {
    std::vector<std::jthread> threads;
    for (auto& permit : permits) {
      threads.emplace_back([&] {
        if (auto mine = breaker_.TryAcquire()) {
          permit.emplace(std::move(*mine));
          ++given;
        }
      });
    }
  }
  EXPECT_EQ(given, 1);
}

}  // namespace
}  // namespace pgattic::resilience
