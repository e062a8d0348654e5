#include "lookup/side_threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

namespace pgattic::lookup {
namespace {

TEST(SideThreadsTest, RunsACallOnAnotherThread) {
  SideThreads threads(1);
  std::thread::id where;
  auto over = threads.TryStart([&] { where = std::this_thread::get_id(); });
  ASSERT_TRUE(over);
  over->wait();
  EXPECT_NE(where, std::thread::id());
  EXPECT_NE(where, std::this_thread::get_id());
}

TEST(SideThreadsTest, TakesNothingWhileAllAreBusy) {
  SideThreads threads(1);
  std::promise<void> go_on;
  auto over = threads.TryStart([&] { go_on.get_future().wait(); });
  ASSERT_TRUE(over);
  bool was_called = false;
  EXPECT_FALSE(threads.TryStart([&] { was_called = true; }));
  go_on.set_value();
  over->wait();
  // The thread counts as free a moment after its call is over.
  std::optional<std::future<void>> next;
  while (!next) next = threads.TryStart([&] { was_called = true; });
  next->wait();
  EXPECT_TRUE(was_called);
}

TEST(SideThreadsTest, TakesNothingWithoutThreads) {
  SideThreads threads(0);
  EXPECT_FALSE(threads.TryStart([] {}));
}

TEST(SideThreadsTest, WaitsForACallUnderWay) {
  std::atomic<bool> is_over{false};
  std::promise<void> started;
  {
    SideThreads threads(2);
    ASSERT_TRUE(threads.TryStart([&] {
      started.set_value();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      is_over = true;
    }));
    started.get_future().wait();
  }
  EXPECT_TRUE(is_over);
}

}  // namespace
}  // namespace pgattic::lookup
