#include "resilience/single_flight.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace pgattic::resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Flights = SingleFlight<std::string, std::string>;

/// A fetch that the test lets go, and the threads that wait for it.
class SingleFlightTest : public testing::Test {
 protected:
  void TearDown() override { LetGo(); }

  Result<std::string> BlockedFetch(const Result<std::string>& outcome) {
    ++calls_;
    released_.wait(false);
    if (outcome.ok()) return std::string(*outcome);
    return outcome.status();
  }
  void LetGo() {
    released_ = true;
    released_.notify_all();
  }
  /// Blocks until `count` callers follow and a call is under way.
  void AwaitFollowers(int count) {
    while (flights_.waiting() < count || calls_ == 0)
      ASSERT_TRUE(limit_.SleepFor(milliseconds(1)).ok());
  }

  OpContext ctx_;
  OpContext limit_ = ctx_.WithDeadline(seconds(60));
  Flights flights_;
  std::atomic<int> calls_{0};
  std::atomic<bool> released_{false};
};

TEST_F(SingleFlightTest, MakesTheCallWhenNobodyElseDoes) {
  const auto got = flights_.Do(ctx_, "k", [] { return Result<std::string>("v"); });
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(*got->value, "v");
  EXPECT_TRUE(got->was_led);
  EXPECT_EQ(flights_.size(), 0U);
}

TEST_F(SingleFlightTest, MakesOneCallForAllWhoAskMeanwhile) {
  std::atomic<int> led{0};
  std::atomic<int> right{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        const auto got = flights_.Do(ctx_, "k", [&] { return BlockedFetch(std::string("v")); });
        if (got.ok() && *got->value == "v") ++right;
        if (got.ok() && got->was_led) ++led;
      });
    }
    AwaitFollowers(7);
    LetGo();
  }
  EXPECT_EQ(calls_, 1);
  EXPECT_EQ(led, 1);
  EXPECT_EQ(right, 8);
  EXPECT_EQ(flights_.waiting(), 0);
}

TEST_F(SingleFlightTest, KeepsNothingOnceTheCallIsOver) {
  int calls = 0;
  const auto fetch = [&] { return Result<std::string>(std::to_string(++calls)); };
  EXPECT_EQ(*flights_.Do(ctx_, "k", fetch)->value, "1");
  EXPECT_EQ(*flights_.Do(ctx_, "k", fetch)->value, "2");
}

TEST_F(SingleFlightTest, DoesNotMixKeys) {
  std::jthread other([&] {
    EXPECT_TRUE(flights_.Do(ctx_, "a", [&] { return BlockedFetch(std::string("va")); }).ok());
  });
  AwaitFollowers(0);
  const auto got = flights_.Do(ctx_, "b", [] { return Result<std::string>("vb"); });
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(*got->value, "vb");
  LetGo();
}

TEST_F(SingleFlightTest, SharesAFailureAndForgetsIt) {
  const Result<std::string> down(Code::kUnavailable, "the bucket is down");
  std::atomic<int> failed{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&] {
        const auto got = flights_.Do(ctx_, "k", [&] { return BlockedFetch(down); });
        if (got.Is(Code::kUnavailable) && got.error().message == "the bucket is down") ++failed;
      });
    }
    AwaitFollowers(2);
    LetGo();
  }
  EXPECT_EQ(failed, 3);
  EXPECT_EQ(calls_, 1);
  EXPECT_TRUE(flights_.Do(ctx_, "k", [] { return Result<std::string>("v"); }).ok());
}

TEST_F(SingleFlightTest, AFollowerWaitsNoLongerThanItsOwnDeadline) {
  std::jthread leader([&] {
    EXPECT_TRUE(flights_.Do(ctx_, "k", [&] { return BlockedFetch(std::string("v")); }).ok());
  });
  AwaitFollowers(0);
  const auto got = flights_.Do(ctx_.WithDeadline(milliseconds(20)), "k",
                               [&] { return BlockedFetch(std::string("never")); });
  EXPECT_TRUE(got.Is(Code::kDeadlineExceeded));
  EXPECT_EQ(flights_.waiting(), 0);
  EXPECT_EQ(calls_, 1);
  LetGo();
}

TEST_F(SingleFlightTest, AFollowerIsCancelledAlone) {
  std::atomic<bool> leader_was_served{false};
  {
    std::jthread leader([&] {
      leader_was_served =
          flights_.Do(ctx_, "k", [&] { return BlockedFetch(std::string("v")); }).ok();
    });
    AwaitFollowers(0);
    std::stop_source source;
    std::jthread follower([&] {
      const OpContext ctx(SystemClock(), source.get_token());
      EXPECT_TRUE(
          flights_.Do(ctx, "k", [] { return Result<std::string>("never"); }).Is(Code::kCancelled));
    });
    AwaitFollowers(1);
    source.request_stop();
    follower.join();
    LetGo();
  }
  EXPECT_TRUE(leader_was_served);
}

TEST_F(SingleFlightTest, FollowersGoOnWhenTheirLeaderWasCancelled) {
  std::stop_source source;
  std::atomic<int> second_calls{0};
  {
    std::jthread leader([&] {
      const OpContext ctx(SystemClock(), source.get_token());
      const auto got = flights_.Do(
          ctx, "k", [&] { return BlockedFetch(Result<std::string>(Code::kCancelled, "stopped")); });
      EXPECT_TRUE(got.Is(Code::kCancelled));
    });
    AwaitFollowers(0);
    std::vector<std::jthread> followers;
    for (int i = 0; i < 4; ++i) {
      followers.emplace_back([&] {
        const auto got = flights_.Do(ctx_, "k", [&] {
          ++second_calls;
          return Result<std::string>("v");
        });
        ASSERT_TRUE(got.ok());
        EXPECT_EQ(*got->value, "v");
      });
    }
    AwaitFollowers(4);
    source.request_stop();
    LetGo();
  }
  EXPECT_GE(second_calls, 1);
  EXPECT_EQ(flights_.size(), 0U);
}

TEST_F(SingleFlightTest, AsksNothingForWhoIsOutOfTime) {
  const OpContext late = ctx_.WithDeadline(milliseconds(0));
  EXPECT_TRUE(flights_.Do(late, "k", [&] { return BlockedFetch(std::string("v")); })
                  .Is(Code::kDeadlineExceeded));
  EXPECT_EQ(calls_, 0);
}

TEST_F(SingleFlightTest, SharesTheValueWithoutCopies) {
  SingleFlight<int, std::unique_ptr<int>> flights;
  const auto got =
      flights.Do(ctx_, 1, [] { return Result<std::unique_ptr<int>>(std::make_unique<int>(7)); });
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(**got->value, 7);
}

}  // namespace
}  // namespace pgattic::resilience
