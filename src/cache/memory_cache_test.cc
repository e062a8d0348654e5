#include "cache/memory_cache.h"

#include "cache/conformance_suite.h"

namespace pgattic::cache {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class MemoryFixture final : public CacheFixture {
 public:
  explicit MemoryFixture(std::size_t shards) : cache_(clock_, {.shards = shards}) {}
  RowCache& cache() override { return cache_; }
  void Elapse(milliseconds by) override { clock_.Advance(by); }

 private:
  ManualClock clock_{WallTime(seconds(1'000'000))};
  MemoryCache cache_;
};

INSTANTIATE_TEST_SUITE_P(
    Memory, RowCacheConformance,
    testing::Values(CacheCase{"OneShard", [] { return std::make_unique<MemoryFixture>(1); }},
                    CacheCase{"EightShards", [] { return std::make_unique<MemoryFixture>(8); }}),
    CacheCaseName);

class MemoryCacheTest : public testing::Test {
 protected:
  bool Has(MemoryCache& cache, const std::string& key) { return cache.Get(ctx_, key)->has_value(); }

  ManualClock clock_{WallTime(seconds(1'000'000))};
  OpContext ctx_;
};

TEST_F(MemoryCacheTest, NeverHoldsMoreThanItsBytes) {
  MemoryCache cache(clock_, {.max_bytes = 100'000, .shards = 4});
  for (std::size_t i = 0; i < 5000; ++i) {
    ASSERT_TRUE(
        cache.Put(ctx_, "k" + std::to_string(i), std::string(i % 500, 'x'), seconds(60)).ok());
    ASSERT_LE(cache.bytes(), 100'000U);
  }
  EXPECT_GT(cache.bytes(), 50'000U);
}

TEST_F(MemoryCacheTest, DropsTheLeastRecentlyUsed) {
  MemoryCache cache(clock_, {.max_bytes = 4000, .shards = 1});
  for (const char* key : {"a", "b", "c"}) {
    ASSERT_TRUE(*cache.Put(ctx_, key, std::string(1000, 'x'), seconds(60)));
  }
  EXPECT_TRUE(Has(cache, "a"));
  ASSERT_TRUE(*cache.Put(ctx_, "d", std::string(1000, 'x'), seconds(60)));
  EXPECT_TRUE(Has(cache, "a"));
  EXPECT_FALSE(Has(cache, "b"));
  EXPECT_TRUE(Has(cache, "c"));
  EXPECT_TRUE(Has(cache, "d"));
}

TEST_F(MemoryCacheTest, GivesRoomBackWhenATimeIsOver) {
  MemoryCache cache(clock_, {.shards = 1});
  ASSERT_TRUE(*cache.Put(ctx_, "k", "v", seconds(10)));
  clock_.Advance(seconds(10) - milliseconds(1));
  EXPECT_TRUE(Has(cache, "k"));
  clock_.Advance(milliseconds(1));
  EXPECT_FALSE(Has(cache, "k"));
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST_F(MemoryCacheTest, CountsAReplacedValueOnce) {
  MemoryCache cache(clock_, {.shards = 1});
  ASSERT_TRUE(*cache.Put(ctx_, "k", std::string(100, 'x'), seconds(10)));
  const std::size_t before = cache.bytes();
  ASSERT_TRUE(*cache.Put(ctx_, "k", std::string(100, 'y'), seconds(10)));
  EXPECT_EQ(cache.bytes(), before);
}

TEST_F(MemoryCacheTest, WithoutRoomRefusesEverything) {
  MemoryCache cache(clock_, {.max_bytes = 0});
  EXPECT_FALSE(*cache.Put(ctx_, "k", "v", seconds(10)));
}

}  // namespace
}  // namespace pgattic::cache
