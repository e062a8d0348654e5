// The conformance suite: what the port promises, asked of every cache. Include it in one
// test file and instantiate it:
//
//   INSTANTIATE_TEST_SUITE_P(Memory, RowCacheConformance, testing::Values(CacheCase{...}),
//                            CacheCaseName);
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cache/row_cache.h"

namespace pgattic::cache {

/// A cache under test with what it needs to live. Each test gets its own, empty.
class CacheFixture {
 public:
  CacheFixture() = default;
  CacheFixture(const CacheFixture&) = delete;
  CacheFixture& operator=(const CacheFixture&) = delete;
  virtual ~CacheFixture() = default;
  virtual RowCache& cache() = 0;
  /// Moves the cache's clock where it can be moved; time passes by itself elsewhere.
  virtual void Elapse(std::chrono::milliseconds) {}
};

struct CacheCase {
  std::string name;
  std::function<std::unique_ptr<CacheFixture>()> make;
};

inline void PrintTo(const CacheCase& cache_case, std::ostream* out) { *out << cache_case.name; }

inline std::string CacheCaseName(const testing::TestParamInfo<CacheCase>& info) {
  return info.param.name;
}

class RowCacheConformance : public testing::TestWithParam<CacheCase> {
 protected:
  static constexpr std::chrono::hours kLong{1};

  void SetUp() override {
    fixture_ = GetParam().make();
    ASSERT_NE(fixture_, nullptr);
  }
  RowCache& cache() { return fixture_->cache(); }

  /// Returns the value, "<none>" or the error.
  std::string Get(const std::string& key) {
    const auto got = cache().Get(ctx_, key);
    if (!got.ok()) return got.status().ToString();
    return got->value_or("<none>");
  }
  /// Returns "kept", "refused" or the error.
  std::string Put(const std::string& key, const std::string& value,
                  std::chrono::milliseconds ttl = kLong) {
    const auto kept = cache().Put(ctx_, key, value, ttl);
    if (!kept.ok()) return kept.status().ToString();
    return *kept ? "kept" : "refused";
  }

  OpContext ctx_;
  std::unique_ptr<CacheFixture> fixture_;
};

TEST_P(RowCacheConformance, GivesBackWhatWasPut) {
  EXPECT_EQ(Get("k"), "<none>");
  EXPECT_EQ(Put("k", "value"), "kept");
  EXPECT_EQ(Get("k"), "value");
  EXPECT_EQ(Get("K"), "<none>");
}

TEST_P(RowCacheConformance, KeepsAnyBytes) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  const std::string odd_key("k\r\n\0 x", 6);
  EXPECT_EQ(Put(odd_key, bytes), "kept");
  EXPECT_EQ(Get(odd_key), bytes);
  EXPECT_EQ(Put("empty", ""), "kept");
  EXPECT_EQ(Get("empty"), "");
}

TEST_P(RowCacheConformance, PutsInThePlaceOfWhatWasThere) {
  EXPECT_EQ(Put("k", "one"), "kept");
  EXPECT_EQ(Put("k", "two"), "kept");
  EXPECT_EQ(Get("k"), "two");
}

TEST_P(RowCacheConformance, GivesManyInTheirOrder) {
  Put("a", "1");
  Put("c", "3");
  const std::vector<std::string> keys = {"c", "b", "a", "c"};
  const auto got = cache().GetMany(ctx_, keys);
  ASSERT_TRUE(got.ok()) << got.status().ToString();
  EXPECT_THAT(*got, testing::ElementsAre("3", std::nullopt, "1", "3"));
}

TEST_P(RowCacheConformance, GivesNoneOfNone) {
  const auto got = cache().GetMany(ctx_, {});
  ASSERT_TRUE(got.ok()) << got.status().ToString();
  EXPECT_TRUE(got->empty());
}

TEST_P(RowCacheConformance, GivesAThousandAtOnce) {
  std::vector<std::string> keys;
  for (int i = 0; i < 1000; ++i) {
    keys.push_back("k" + std::to_string(i));
    if (i % 3 == 0) continue;
    ASSERT_EQ(Put(keys.back(), "v" + std::to_string(i)), "kept");
  }
  const auto got = cache().GetMany(ctx_, keys);
  ASSERT_TRUE(got.ok()) << got.status().ToString();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ((*got)[i].value_or("<none>"), i % 3 != 0 ? "v" + std::to_string(i) : "<none>");
  }
}

TEST_P(RowCacheConformance, ForgetsAfterItsTime) {
  ASSERT_EQ(Put("short", "v", std::chrono::milliseconds(50)), "kept");
  ASSERT_EQ(Put("long", "v"), "kept");
  fixture_->Elapse(std::chrono::milliseconds(100));
  const OpContext limit = ctx_.WithDeadline(std::chrono::seconds(30));
  while (Get("short") != "<none>") {
    ASSERT_TRUE(limit.SleepFor(std::chrono::milliseconds(5)).ok()) << "never forgotten";
  }
  EXPECT_EQ(Get("long"), "v");
}

TEST_P(RowCacheConformance, RefusesWhatIsTooLargeAndLeavesWhatWasThere) {
  ASSERT_EQ(Put("k", "former"), "kept");
  EXPECT_EQ(Put("k", std::string(std::size_t{80} << 20, 'x')), "refused");
  EXPECT_EQ(Get("k"), "former");
}

TEST_P(RowCacheConformance, KeepsLargeValues) {
  std::string value;
  for (int i = 0; value.size() < 500'000; ++i) value += std::to_string(i * 7919) + ",";
  ASSERT_EQ(Put("k", value), "kept");
  EXPECT_EQ(Get("k"), value);
}

TEST_P(RowCacheConformance, ServesManyThreads) {
  std::atomic<int> wrong{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 200; ++i) {
          const std::string key = "k" + std::to_string((t + i) % 16);
          if (Put(key, "value of " + key) != "kept") ++wrong;
          if (Get(key) != "value of " + key) ++wrong;
          const std::vector<std::string> keys = {key, "none"};
          const auto many = cache().GetMany(ctx_, keys);
          if (!many.ok() || (*many)[0] != "value of " + key || (*many)[1].has_value()) ++wrong;
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
}

TEST_P(RowCacheConformance, RemovesWhatItIsToldToAndNothingElse) {
  ASSERT_EQ(Put("a", "1"), "kept");
  ASSERT_EQ(Put("b", "2"), "kept");
  std::vector<std::string> keys = {"a", "not there"};
  for (int i = 0; i < 1200; ++i) keys.push_back("n" + std::to_string(i));
  ASSERT_EQ(Put("n1199", "3"), "kept");
  const Status removed = cache().Remove(ctx_, keys);
  ASSERT_TRUE(removed.ok()) << removed.ToString();
  EXPECT_EQ(Get("a"), "<none>");
  EXPECT_EQ(Get("n1199"), "<none>");
  EXPECT_EQ(Get("b"), "2");
}

TEST_P(RowCacheConformance, SaysThatItIsWellAndWhatItIs) {
  const Status status = cache().Check(ctx_);
  EXPECT_TRUE(status.ok()) << status.ToString();
  EXPECT_FALSE(cache().Describe().empty());
}

}  // namespace pgattic::cache
