#include "cache/best_effort_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cache/memory_cache.h"

namespace pgattic::cache {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using State = resilience::CircuitBreaker::State;

/// A cache that fails, or takes its time, when told.
class TroubledCache final : public RowCache {
 public:
  explicit TroubledCache(Clock& clock) : memory_(clock, {}) {}

  Result<std::optional<std::string>> Get(const OpContext& ctx, std::string_view key) override {
    PGATTIC_RETURN_IF_ERROR(Suffer(ctx));
    return memory_.Get(ctx, key);
  }
  Result<std::vector<std::optional<std::string>>> GetMany(
      const OpContext& ctx, std::span<const std::string> keys) override {
    PGATTIC_RETURN_IF_ERROR(Suffer(ctx));
    return memory_.GetMany(ctx, keys);
  }
  Result<bool> Put(const OpContext& ctx, std::string_view key, std::string_view value,
                   milliseconds ttl) override {
    PGATTIC_RETURN_IF_ERROR(Suffer(ctx));
    return memory_.Put(ctx, key, value, ttl);
  }
  Status Remove(const OpContext&, std::span<const std::string>) override { return Status::Ok(); }
  Status Check(const OpContext& ctx) override { return Suffer(ctx); }
  std::string Describe() const override { return "troubled"; }

  bool is_down = false;
  milliseconds takes{0};
  int calls = 0;

 private:
  Status Suffer(const OpContext& ctx) {
    ++calls;
    PGATTIC_RETURN_IF_ERROR(ctx.SleepFor(takes));
    return is_down ? Status(Code::kUnavailable, "down") : Status::Ok();
  }
  MemoryCache memory_;
};

class BestEffortCacheTest : public testing::Test {
 protected:
  BestEffortCacheTest() {
    auto inner = std::make_unique<TroubledCache>(clock_);
    inner_ = inner.get();
    cache_ = std::make_unique<BestEffortCache>(
        std::move(inner), clock_,
        BestEffortOptions{.budget = milliseconds(20),
                          .breaker = {.failures_to_open = 3, .open_for = seconds(1)}},
        probe_, breaker_probe_);
  }
  std::string Get(const std::string& key) {
    const auto got = cache_->Get(ctx_, key);
    return got.ok() ? got->value_or("<none>") : got.status().ToString();
  }
  bool Put(const std::string& key) {
    const auto kept = cache_->Put(ctx_, key, "v", seconds(60));
    EXPECT_TRUE(kept.ok());
    return kept.ok() && *kept;
  }
  /// Puts so many, all under one key. Returns how long it took.
  milliseconds PutMany(std::size_t count) {
    const auto start = clock_.SteadyNow();
    const auto entry = [](std::size_t) { return CacheEntry{"k", "v"}; };
    EXPECT_TRUE(cache_->PutMany(ctx_, count, entry, seconds(60)).ok());
    return std::chrono::duration_cast<milliseconds>(clock_.SteadyNow() - start);
  }
  void ExpectSeries(const std::string& line) {
    EXPECT_THAT(registry_.Expose(), HasSubstr(line + "\n"));
  }

  ManualClock clock_{WallTime(seconds(1'000'000))};
  std::stop_source source_;
  OpContext ctx_{clock_, source_.get_token()};
  metrics::Registry registry_;
  metrics::CacheProbe probe_{registry_, metrics::CacheKind::kMemory};
  metrics::BreakerProbe breaker_probe_{registry_, metrics::Backend::kCache};
  TroubledCache* inner_ = nullptr;
  std::unique_ptr<BestEffortCache> cache_;
};

TEST_F(BestEffortCacheTest, PassesOnWhatTheCacheSays) {
  EXPECT_EQ(Get("k"), "<none>");
  EXPECT_TRUE(Put("k"));
  EXPECT_EQ(Get("k"), "v");
  const std::vector<std::string> keys = {"x", "k"};
  EXPECT_THAT(*cache_->GetMany(ctx_, keys), testing::ElementsAre(std::nullopt, "v"));
  ExpectSeries(R"(pgattic_cache_lookups_total{cache="memory",result="hit"} 2)");
  ExpectSeries(R"(pgattic_cache_lookups_total{cache="memory",result="miss"} 2)");
  ExpectSeries(R"(pgattic_cache_stores_total{cache="memory",result="stored"} 1)");
}

TEST_F(BestEffortCacheTest, ManyKeysCostOneBudgetAndTheRestIsSkipped) {
  const std::vector<std::string> keys(1000, "k");
  PutMany(1);
  inner_->takes = milliseconds(6);
  const auto start = clock_.SteadyNow();
  const auto got = *cache_->GetMany(ctx_, keys);
  EXPECT_LE(clock_.SteadyNow() - start, milliseconds(20));
  ASSERT_EQ(got.size(), keys.size());
  EXPECT_EQ(got.front(), "v");
  EXPECT_EQ(got.back(), std::nullopt);
  ExpectSeries(R"(pgattic_cache_lookups_total{cache="memory",result="hit"} 300)");
  ExpectSeries(R"(pgattic_cache_lookups_total{cache="memory",result="skipped"} 700)");
  EXPECT_LE(PutMany(1000), milliseconds(20));
  ExpectSeries(R"(pgattic_cache_stores_total{cache="memory",result="stored"} 4)");
  ExpectSeries(R"(pgattic_cache_stores_total{cache="memory",result="skipped"} 997)");
  EXPECT_EQ(cache_->breaker_state(), State::kClosed);
}

TEST_F(BestEffortCacheTest, ACacheThatIsDownIsAskedOnceForManyKeys) {
  const std::vector<std::string> keys(1000, "k");
  inner_->is_down = true;
  EXPECT_THAT(*cache_->GetMany(ctx_, keys), testing::Each(std::nullopt));
  PutMany(1000);
  EXPECT_EQ(cache_->breaker_state(), State::kClosed);
  EXPECT_EQ(inner_->calls, 2) << "each call gives up at its first failure";
  PutMany(1000);
  EXPECT_EQ(cache_->breaker_state(), State::kOpen);
  EXPECT_EQ(PutMany(1000), milliseconds(0));
  ExpectSeries(R"(pgattic_cache_lookups_total{cache="memory",result="failed"} 100)");
  ExpectSeries(R"(pgattic_cache_lookups_total{cache="memory",result="skipped"} 900)");
  ExpectSeries(R"(pgattic_cache_stores_total{cache="memory",result="failed"} 2)");
  ExpectSeries(R"(pgattic_cache_stores_total{cache="memory",result="skipped"} 2998)");
}

TEST_F(BestEffortCacheTest, TurnsFailuresIntoMisses) {
  Put("k");
  inner_->is_down = true;
  EXPECT_EQ(Get("k"), "<none>");
  const std::vector<std::string> keys = {"x", "k"};
  EXPECT_THAT(*cache_->GetMany(ctx_, keys), testing::ElementsAre(std::nullopt, std::nullopt));
  EXPECT_FALSE(Put("k"));
  ExpectSeries(R"(pgattic_cache_lookups_total{cache="memory",result="failed"} 3)");
  ExpectSeries(R"(pgattic_cache_stores_total{cache="memory",result="failed"} 1)");
  ExpectSeries(R"(pgattic_cache_errors_total{cache="memory",code="unavailable"} 3)");
}

TEST_F(BestEffortCacheTest, TurnsSlownessIntoAMissWithinItsBudget) {
  Put("k");
  inner_->takes = seconds(10);
  const auto start = clock_.SteadyNow();
  EXPECT_EQ(Get("k"), "<none>");
  EXPECT_EQ(clock_.SteadyNow() - start, milliseconds(20));
  ExpectSeries(R"(pgattic_cache_errors_total{cache="memory",code="deadline_exceeded"} 1)");
}

TEST_F(BestEffortCacheTest, LeavesADeadCacheAlone) {
  inner_->is_down = true;
  for (int i = 0; i < 3; ++i) Get("k");
  EXPECT_EQ(cache_->breaker_state(), State::kOpen);
  const int calls = inner_->calls;
  EXPECT_EQ(Get("k"), "<none>");
  EXPECT_FALSE(Put("k"));
  const std::vector<std::string> keys = {"a", "b"};
  EXPECT_THAT(*cache_->GetMany(ctx_, keys), testing::ElementsAre(std::nullopt, std::nullopt));
  EXPECT_EQ(inner_->calls, calls);
  ExpectSeries(R"(pgattic_cache_lookups_total{cache="memory",result="skipped"} 3)");
  ExpectSeries(R"(pgattic_cache_stores_total{cache="memory",result="skipped"} 1)");
  ExpectSeries(R"(pgattic_breaker_state{backend="cache",state="open"} 1)");
}

TEST_F(BestEffortCacheTest, ComesBackByItself) {
  Put("k");
  inner_->is_down = true;
  for (int i = 0; i < 3; ++i) Get("k");
  inner_->is_down = false;
  clock_.Advance(seconds(1));
  EXPECT_EQ(Get("k"), "v");
  EXPECT_EQ(cache_->breaker_state(), State::kClosed);
  ExpectSeries(R"(pgattic_breaker_state{backend="cache",state="closed"} 1)");
}

TEST_F(BestEffortCacheTest, TriesADeadCacheOnceInAWhile) {
  inner_->is_down = true;
  for (int i = 0; i < 3; ++i) Get("k");
  clock_.Advance(seconds(1));
  const int calls = inner_->calls;
  for (int i = 0; i < 10; ++i) Get("k");
  EXPECT_EQ(inner_->calls, calls + 1);
}

TEST_F(BestEffortCacheTest, DoesNotBlameTheCacheForACallerWithoutTime) {
  inner_->takes = milliseconds(10);
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(cache_->Get(ctx_.WithDeadline(milliseconds(1)), "k")->has_value());
  }
  source_.request_stop();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Get("k"), "<none>");
  EXPECT_EQ(cache_->breaker_state(), State::kClosed);
}

TEST_F(BestEffortCacheTest, CountsARefusal) {
  EXPECT_FALSE(*cache_->Put(ctx_, "k", std::string(std::size_t{80} << 20, 'x'), seconds(60)));
  ExpectSeries(R"(pgattic_cache_stores_total{cache="memory",result="refused"} 1)");
}

TEST_F(BestEffortCacheTest, TellsTheTruthToWhoAsksForHealth) {
  EXPECT_TRUE(cache_->Check(ctx_).ok());
  inner_->is_down = true;
  EXPECT_TRUE(cache_->Check(ctx_).Is(Code::kUnavailable));
  EXPECT_EQ(cache_->Describe(), "troubled");
}

}  // namespace
}  // namespace pgattic::cache
