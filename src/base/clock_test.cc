#include "base/clock.h"

#include <gtest/gtest.h>

#include <thread>

namespace pgattic {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

TEST(ManualClock, StandsStillUntilTold) {
  ManualClock clock(WallTime(seconds(1000)));
  EXPECT_EQ(clock.WallNow(), WallTime(seconds(1000)));
  const steady_clock::time_point before = clock.SteadyNow();
  std::this_thread::sleep_for(milliseconds(2));
  EXPECT_EQ(clock.SteadyNow(), before);
  EXPECT_EQ(clock.WallNow(), WallTime(seconds(1000)));
}

TEST(ManualClock, MovesBothTimesByTheSame) {
  ManualClock clock(WallTime(seconds(1000)));
  const steady_clock::time_point before = clock.SteadyNow();
  clock.Advance(hours(24));
  clock.Advance(microseconds(7));
  EXPECT_EQ(clock.WallNow(), WallTime(seconds(1000) + hours(24) + microseconds(7)));
  EXPECT_EQ(clock.SteadyNow() - before, hours(24) + microseconds(7));
}

TEST(ManualClock, SleepingIsAdvancing) {
  ManualClock clock((WallTime()));
  const steady_clock::time_point real_before = steady_clock::now();
  clock.SleepFor(milliseconds(3600 * 1000), std::stop_token());
  EXPECT_EQ(clock.WallNow(), WallTime(hours(1)));
  EXPECT_LT(steady_clock::now() - real_before, seconds(60));
}

TEST(SystemClock, SleepsAtLeastAsLongAsAsked) {
  const steady_clock::time_point before = steady_clock::now();
  SystemClock().SleepFor(milliseconds(20), std::stop_token());
  EXPECT_GE(steady_clock::now() - before, milliseconds(20));
}

TEST(SystemClock, WakesWhenStopped) {
  std::stop_source source;
  const steady_clock::time_point before = steady_clock::now();
  std::jthread stopper([&source] {
    std::this_thread::sleep_for(milliseconds(20));
    source.request_stop();
  });
  SystemClock().SleepFor(milliseconds(60'000), source.get_token());
  EXPECT_LT(steady_clock::now() - before, seconds(30));
}

TEST(SystemClock, DoesNotSleepOnceStopped) {
  std::stop_source source;
  source.request_stop();
  const steady_clock::time_point before = steady_clock::now();
  SystemClock().SleepFor(milliseconds(60'000), source.get_token());
  EXPECT_LT(steady_clock::now() - before, seconds(30));
}

TEST(SystemClock, KnowsThisCentury) {
  EXPECT_GT(SystemClock().WallNow(), WallTime(seconds(1'700'000'000)));
}

}  // namespace
}  // namespace pgattic
