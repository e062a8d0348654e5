// Looks at backends that hang: who waits for another's look does so within its own time.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "api/health.h"
#include "api/overview.h"
#include "store/memory_object_store.h"
#include "tests/support/s3/socket.h"

namespace pgattic::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Before a PostgreSQL that takes connections and says nothing.
class LookTest : public ::testing::Test {
 protected:
  LookTest()
      : silent_(test::ListenOnLoopback(port_)),
        pool_({.conninfo = "host=127.0.0.1 port=" + std::to_string(port_)}, 2) {}

  /// Has `look` called, which hangs; returns once it does.
  template <typename Look>
  void BeginALook(Look look) {
    looking_ = std::jthread([this, look](const std::stop_token& stop) {
      look(OpContext(SystemClock(), stop).WithDeadline(seconds(20)));
      has_ended_ = true;
    });
    while (pool_.lent() == 0) std::this_thread::yield();
  }

  std::uint16_t port_ = 0;
  test::Socket silent_;
  pg::Pool pool_;
  std::atomic<bool> has_ended_ = false;
  std::jthread looking_;
};

TEST_F(LookTest, AnOverviewIsNotWaitedForLongerThanOnesOwnTime) {
  Overview overview(pool_, {}, false, SystemClock());
  BeginALook([&](const OpContext& ctx) { EXPECT_FALSE(overview.Look(ctx).ok()); });
  const auto found = overview.Look(OpContext().WithDeadline(milliseconds(50)));
  EXPECT_TRUE(found.Is(Code::kDeadlineExceeded));
  EXPECT_FALSE(has_ended_);
  EXPECT_EQ(pool_.lent(), 1U) << "one looks for all";
  looking_ = {};
}

TEST_F(LookTest, HealthThatIsNotFoundInTimeIsIll) {
  store::MemoryObjectStore store;
  Health health(pool_, {store}, {}, SystemClock(), {.slow = seconds(20)});
  BeginALook([&](const OpContext& ctx) { EXPECT_EQ(health.Look(ctx).size(), 1U); });
  const auto found = health.Look(OpContext().WithDeadline(milliseconds(50)));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_FALSE(found[0].ok);
  EXPECT_NE(found[0].message.find("longer than may be waited"), std::string::npos);
  EXPECT_FALSE(has_ended_);
  looking_ = {};
}

}  // namespace
}  // namespace pgattic::api
