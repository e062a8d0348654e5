#include "lookup/steady_reads.h"

#include <gtest/gtest.h>

#include <atomic>

#include "store/faulty_object_store.h"
#include "store/forwarding_object_store.h"
#include "store/memory_object_store.h"

namespace pgattic::lookup {
namespace {

using store::FaultyObjectStore;
using store::MemoryObjectStore;
using store::StoreOperation;

/// Hangs in the calls that a test picks, until their context ends.
class HangingStore final : public store::ForwardingObjectStore {
 public:
  using ForwardingObjectStore::ForwardingObjectStore;
  std::atomic<std::int64_t> hang_at{-1};  ///< The number of the Get, from 0, that hangs.
  std::atomic<bool> hang_all{false};
  std::atomic<std::int64_t> gets{0};
  std::atomic<std::int64_t> stopped{0};

  Result<std::string> Get(const OpContext& ctx, const std::string& key,
                          const store::ReadOptions& options) override {
    const std::int64_t number = gets++;
    if (hang_all || number == hang_at) {
      while (ctx.SleepFor(std::chrono::milliseconds(1)).ok()) {
      }
      ++stopped;
      return ctx.Check();
    }
    return inner().Get(ctx, key, options);
  }
  std::string Describe() const override { return "hanging"; }
};

class SteadyReadsTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(memory_.Put({}, "k", AsBytes("bytes"), {}).ok()); }
  static void Warm(SteadyReads& reads, int calls) {
    for (int i = 0; i < calls; ++i) ASSERT_TRUE(reads.Get({}, "k", {}).ok());
  }
  MemoryObjectStore memory_;
  FaultyObjectStore faulty_{memory_};
  HangingStore hanging_{memory_};
};

TEST_F(SteadyReadsTest, ASecondRequestAnswersForOneThatHangs) {
  SteadyReadsOptions options;
  // On a busy machine the calls before may have taken all of what is allowed otherwise.
  options.most_hedges_percent = 100;
  SteadyReads reads(hanging_, SystemClock(), options);
  Warm(reads, 100);
  // A deadline far off: only a second request can end the first.
  hanging_.hang_at = hanging_.gets.load();
  const auto bytes = reads.Get(OpContext().WithDeadline(std::chrono::minutes(5)), "k", {});
  ASSERT_TRUE(bytes.ok()) << bytes.error().ToString();
  EXPECT_EQ(*bytes, "bytes");
  EXPECT_EQ(hanging_.stopped, 1);
  EXPECT_GE(reads.hedges(), 1);
}

TEST_F(SteadyReadsTest, SecondRequestsAreFew) {
  SteadyReadsOptions options;
  options.deadline = std::chrono::milliseconds(20);
  options.breaker.failures_to_open = 1'000'000;
  SteadyReads reads(hanging_, SystemClock(), options);
  Warm(reads, 100);
  hanging_.hang_all = true;
  for (int i = 0; i < 40; ++i) EXPECT_FALSE(reads.Get({}, "k", {}).ok());
  EXPECT_GE(reads.hedges(), 1);
  EXPECT_LE(reads.hedges() * 100, reads.requests() * 5);
}

TEST_F(SteadyReadsTest, QuickReadsAreNotDoubled) {
  SteadyReadsOptions options;
  options.most_hedges_percent = 100;
  options.least_patience = std::chrono::minutes(1);
  SteadyReads reads(hanging_, SystemClock(), options);
  Warm(reads, 100);
  hanging_.hang_at = hanging_.gets.load();
  const auto bytes = reads.Get(OpContext().WithDeadline(std::chrono::milliseconds(50)), "k", {});
  EXPECT_TRUE(bytes.Is(Code::kDeadlineExceeded));
  EXPECT_EQ(reads.hedges(), 0);
  EXPECT_EQ(reads.requests(), 101);
}

TEST_F(SteadyReadsTest, AStoreThatKeepsFailingIsLeftAlone) {
  SteadyReads reads(faulty_, SystemClock(), {});
  faulty_.FailAlways(StoreOperation::kGet, {Code::kUnavailable, "down", {}, {}});
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(reads.Get({}, "k", {}).Is(Code::kUnavailable));
  const std::int64_t calls = faulty_.calls(StoreOperation::kGet);
  EXPECT_TRUE(reads.Get({}, "k", {}).Is(Code::kUnavailable));
  EXPECT_EQ(faulty_.calls(StoreOperation::kGet), calls);
  EXPECT_EQ(reads.breaker_state(), resilience::CircuitBreaker::State::kOpen);
}

TEST_F(SteadyReadsTest, WhatIsNotThereIsNoFailure) {
  SteadyReads reads(memory_, SystemClock(), {});
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(reads.Get({}, "gone", {}).Is(Code::kNotFound));
  EXPECT_EQ(reads.breaker_state(), resilience::CircuitBreaker::State::kClosed);
}

TEST_F(SteadyReadsTest, ACallerWhoBringsTooLittleTimeIsNotHeldAgainstTheStore) {
  SteadyReads reads(hanging_, SystemClock(), {});
  hanging_.hang_all = true;
  for (int i = 0; i < 10; ++i) {
    const OpContext hurried = OpContext().WithDeadline(std::chrono::milliseconds(2));
    EXPECT_TRUE(reads.Get(hurried, "k", {}).Is(Code::kDeadlineExceeded));
  }
  EXPECT_EQ(reads.breaker_state(), resilience::CircuitBreaker::State::kClosed);
}

}  // namespace
}  // namespace pgattic::lookup
