#include "lookup/in_parallel.h"

#include <gtest/gtest.h>

#include <mutex>
#include <set>

#include "base/no_threads_fixture.h"

namespace pgattic::lookup {
namespace {

TEST(InParallelTest, MakesEachCallOnce) {
  std::mutex mutex;
  std::multiset<std::size_t> calls;
  InParallel(50, 4, [&](std::size_t i) {
    const std::lock_guard lock(mutex);
    calls.insert(i);
  });
  EXPECT_EQ(calls.size(), 50U);
  EXPECT_EQ(std::set(calls.begin(), calls.end()).size(), 50U);
}

TEST(InParallelTest, WithoutAThreadThisOneMakesEveryCallNestedOrNot) {
  const NoMoreThreads none;
  ASSERT_THROW(std::thread([] {}).join(), std::system_error);
  int calls = 0;
  InParallel(4, 4, [&](std::size_t) { InParallel(3, 3, [&](std::size_t) { ++calls; }); });
  EXPECT_EQ(calls, 12);
}

}  // namespace
}  // namespace pgattic::lookup
