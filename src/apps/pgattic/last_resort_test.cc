#include "last_resort.h"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>

namespace pgattic::app {
namespace {

using std::chrono::milliseconds;

TEST(LastResort, LeavesAloneWhatComesBack) {
  std::atomic<int> ends{0};
  const auto end = [&](const Status&) { ++ends; };
  { const LastResort last(OpContext(), milliseconds(0), end); }
  {
    const LastResort last(OpContext().WithDeadline(milliseconds(0)), milliseconds(60000), end);
    EXPECT_TRUE(OpContext().SleepFor(milliseconds(100)).ok());
  }
  EXPECT_EQ(ends, 0);
}

TEST(LastResort, EndsWhatDoesNotComeBackWithTheContextsError) {
  std::atomic<bool> has_ended{false};
  std::optional<Code> code;
  const auto started = std::chrono::steady_clock::now();
  const LastResort last(OpContext().WithDeadline(milliseconds(100)), milliseconds(200),
                        [&](const Status& why) {
                          code = why.code();
                          has_ended = true;
                        });
  while (!has_ended) ASSERT_TRUE(OpContext().SleepFor(milliseconds(5)).ok());
  EXPECT_EQ(code, Code::kDeadlineExceeded);
  EXPECT_GE(std::chrono::steady_clock::now() - started, milliseconds(300));
}

}  // namespace
}  // namespace pgattic::app
