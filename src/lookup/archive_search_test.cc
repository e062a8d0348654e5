#include "lookup/archive_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>

#include "cache/best_effort_cache.h"
#include "cache/memory_cache.h"

namespace pgattic::lookup {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A part in which every id has a row, unless `on_read` says otherwise.
class FullPart final : public Parts {
 public:
  std::vector<std::string> MayHold(const OpContext& /*ctx*/, const model::PartRecord& /*part*/,
                                   const std::vector<std::string>& ids) override {
    return ids;
  }
  Result<RowsOfIds> Read(const OpContext& /*ctx*/, const model::PartRecord& /*part*/,
                         const std::vector<std::string>& ids) override {
    PGATTIC_RETURN_IF_ERROR(on_read(++reads));
    return RowsOfIds(ids.size(), {{.json = "row"}});
  }

  std::atomic<int> reads{0};
  std::function<Status(int)> on_read = [](int) { return Status::Ok(); };
};

/// A cache whose every call takes a while.
class SlowCache final : public cache::RowCache {
 public:
  SlowCache(Clock& clock, milliseconds takes) : memory_(clock, {}), takes_(takes) {}
  Result<std::optional<std::string>> Get(const OpContext& ctx, std::string_view key) override {
    PGATTIC_RETURN_IF_ERROR(ctx.SleepFor(takes_));
    return memory_.Get(ctx, key);
  }
  Result<std::vector<std::optional<std::string>>> GetMany(
      const OpContext& ctx, std::span<const std::string> keys) override {
    PGATTIC_RETURN_IF_ERROR(ctx.SleepFor(takes_));
    return memory_.GetMany(ctx, keys);
  }
  Result<bool> Put(const OpContext& ctx, std::string_view key, std::string_view value,
                   milliseconds ttl) override {
    PGATTIC_RETURN_IF_ERROR(ctx.SleepFor(takes_));
    return memory_.Put(ctx, key, value, ttl);
  }
  Status Remove(const OpContext&, std::span<const std::string>) override { return Status::Ok(); }
  Status Check(const OpContext&) override { return Status::Ok(); }
  std::string Describe() const override { return "slow"; }

 private:
  cache::MemoryCache memory_;
  const milliseconds takes_;
};

class ArchiveSearchTest : public ::testing::Test {
 protected:
  ArchiveSearchTest() {
    catalog::ArchivePlace archive;
    archive.id = 1;
    archive.is_swapped = true;
    archive.parts.emplace_back();
    archive.parts.back().min_id = "a";
    archive.parts.back().max_id = "z";
    archive.is_final.push_back(true);
    picture_.archives.push_back(std::move(archive));
  }
  /// Asks for one row with so much time.
  Searched Ask(const ArchiveSearch& search, seconds time) const {
    return std::move(
        search.Find(OpContext().WithDeadline(time), picture_, {{"id", {}}}, false).front());
  }
  /// Blocks until somebody waits for what another one fetches.
  static Status AwaitFollower(const ArchiveSearch& search) {
    const OpContext limit = OpContext().WithDeadline(seconds(60));
    while (search.waiting() == 0) PGATTIC_RETURN_IF_ERROR(limit.SleepFor(milliseconds(1)));
    return Status::Ok();
  }

  catalog::Picture picture_;
  FullPart part_;
};

TEST_F(ArchiveSearchTest, ASlowCacheCostsManyIdsNoMoreThanOne) {
  ManualClock clock{WallTime(seconds(1'000'000))};
  metrics::Registry registry;
  metrics::CacheProbe probe(registry, metrics::CacheKind::kRedis);
  metrics::BreakerProbe breaker(registry, metrics::Backend::kCache);
  cache::BestEffortCache cache(std::make_unique<SlowCache>(clock, milliseconds(15)), clock,
                               {.budget = milliseconds(20)}, probe, breaker);
  const ArchiveSearch search(part_, &cache, {.source = "s", .parallel = 1});
  const OpContext ctx(clock, std::stop_token());
  std::vector<lookup::Ask> asks;
  for (int i = 0; i < 200; ++i) asks.push_back({"id" + std::to_string(i), {}});
  const auto began = clock.SteadyNow();
  const std::vector<Searched> found = search.Find(ctx, picture_, asks, false);
  EXPECT_LE(clock.SteadyNow() - began, milliseconds(2 * 20)) << "one look and one store";
  for (const Searched& one : found) EXPECT_EQ(one.rows.size(), 1U);
  EXPECT_THAT(
      registry.Expose(),
      testing::HasSubstr("pgattic_cache_stores_total{cache=\"redis\",result=\"skipped\"} 199\n"));
  EXPECT_TRUE(search.Find(ctx, picture_, asks, false).front().rows.front().is_cached);
}

TEST_F(ArchiveSearchTest, WhoHasMoreTimeThanTheOneWhoAskedBeforeAsksAgainWhereThatOneFailed) {
  const ArchiveSearch search(part_, nullptr, {.source = "s", .parallel = 1});
  part_.on_read = [&](int read) {
    if (read > 1) return Status::Ok();
    EXPECT_TRUE(AwaitFollower(search).ok());
    return Status(Code::kUnavailable, "too slow for who has little time");
  };
  auto hasty = std::async(std::launch::async, [&] { return Ask(search, seconds(100)); });
  while (part_.reads == 0) std::this_thread::yield();
  const Searched patient = Ask(search, seconds(1000));
  EXPECT_TRUE(patient.failure.ok()) << patient.failure.ToString();
  EXPECT_EQ(patient.rows.size(), 1U);
  EXPECT_FALSE(hasty.get().failure.ok());
  EXPECT_EQ(part_.reads, 2);
}

TEST_F(ArchiveSearchTest, WhoHasNoMoreTimeTakesTheFailure) {
  const ArchiveSearch search(part_, nullptr, {.source = "s", .parallel = 1});
  part_.on_read = [&](int) {
    EXPECT_TRUE(AwaitFollower(search).ok());
    return Status(Code::kUnavailable, "down");
  };
  auto first = std::async(std::launch::async, [&] { return Ask(search, seconds(1000)); });
  while (part_.reads == 0) std::this_thread::yield();
  EXPECT_FALSE(Ask(search, seconds(1000)).failure.ok());
  EXPECT_FALSE(first.get().failure.ok());
  EXPECT_EQ(part_.reads, 1);
}

}  // namespace
}  // namespace pgattic::lookup
