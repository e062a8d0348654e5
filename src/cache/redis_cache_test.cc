// What RedisCache does with a Redis that is well: what lies in it, and how it is asked.
#include "cache/redis_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "cache/redis_server_fixture.h"

namespace pgattic::cache {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class RedisCacheTest : public testing::Test {
 protected:
  std::string Get(const std::string& key) { return GetFrom(cache_, key); }
  std::string GetFrom(RedisCache& cache, const std::string& key) {
    const auto got = cache.Get(ctx_, key);
    return got.ok() ? got->value_or("<none>") : got.status().ToString();
  }
  void MustPut(const std::string& key, const std::string& value) {
    const auto kept = cache_.Put(ctx_, key, value, hours(1));
    ASSERT_TRUE(kept.ok()) << kept.status().ToString();
    ASSERT_TRUE(*kept);
  }

  OpContext ctx_;
  RedisServer server_;
  RedisCache cache_{SystemClock(), PatientOptions(server_.endpoint())};
};

TEST_F(RedisCacheTest, KeepsValuesCompressed) {
  MustPut("k", std::string(100'000, 'x'));
  EXPECT_LT(std::stol(server_.Ask({"STRLEN", "k"})), 1000);
}

TEST_F(RedisCacheTest, EndsLivesWithinATenthOfTheirTimeAndNotAllAtOnce) {
  std::set<std::int64_t> seconds;
  for (int i = 0; i < 100; ++i) {
    const std::string key = "k" + std::to_string(i);
    MustPut(key, "v");
    const std::int64_t left_ms = std::stol(server_.Ask({"PTTL", key}));
    EXPECT_LE(left_ms, 3'960'000);
    EXPECT_GT(left_ms, 3'240'000 - 60'000);  // a minute for a busy machine
    seconds.insert(left_ms / 1000);
  }
  EXPECT_GT(seconds.size(), 50U);
  EXPECT_GT(*seconds.rbegin() - *seconds.begin(), 500);
}

TEST_F(RedisCacheTest, TakesGarbageForNothing) {
  MustPut("good", "v");
  const std::string stored = server_.Ask({"GET", "good"});
  server_.Ask({"SET", "text", "garbage"});
  server_.Ask({"SET", "empty", ""});
  server_.Ask({"SET", "other", stored});
  server_.Ask({"SET", "cut", stored.substr(0, stored.size() - 1)});
  server_.Ask({"RPUSH", "list", "a", "b"});
  server_.Ask({"HSET", "hash", "a", "b"});
  const std::vector<std::string> keys = {"text", "empty", "other", "cut", "list", "hash", "good"};
  for (std::size_t i = 0; i + 1 < keys.size(); ++i) EXPECT_EQ(Get(keys[i]), "<none>") << keys[i];
  const auto many = cache_.GetMany(ctx_, keys);
  ASSERT_TRUE(many.ok()) << many.status().ToString();
  for (std::size_t i = 0; i + 1 < keys.size(); ++i) EXPECT_FALSE((*many)[i].has_value()) << keys[i];
  EXPECT_EQ(many->back(), "v");
}

TEST_F(RedisCacheTest, WritesOverGarbage) {
  server_.Ask({"RPUSH", "k", "a", "b"});
  MustPut("k", "v");
  EXPECT_EQ(Get("k"), "v");
}

TEST_F(RedisCacheTest, RefusesAndIgnoresValuesLargerThanItsBound) {
  RedisCacheOptions options = PatientOptions(server_.endpoint());
  options.max_value_bytes = 1000;
  RedisCache small(SystemClock(), options);
  EXPECT_TRUE(*small.Put(ctx_, "fits", std::string(1000, 'x'), hours(1)));
  EXPECT_FALSE(*small.Put(ctx_, "large", std::string(1001, 'x'), hours(1)));
  EXPECT_EQ(server_.Ask({"EXISTS", "large"}), "0");
  MustPut("large", std::string(1001, 'x'));
  EXPECT_EQ(GetFrom(small, "large"), "<none>");
}

TEST_F(RedisCacheTest, GivesUpAReplyLargerThanItsBoundAndGoesOn) {
  RedisCacheOptions options = PatientOptions(server_.endpoint());
  options.pool.max_reply_bytes = 1 << 20;
  options.pool.first_back_off = milliseconds(1);
  RedisCache careful(SystemClock(), options);
  server_.Ask({"SETRANGE", "huge", "200000000", "x"});
  EXPECT_TRUE(careful.Get(ctx_, "huge").Is(Code::kResourceExhausted));
  MustPut("k", "v");
  const OpContext limit = ctx_.WithDeadline(std::chrono::seconds(30));
  while (GetFrom(careful, "k") != "v") ASSERT_TRUE(limit.SleepFor(milliseconds(1)).ok());
}

TEST_F(RedisCacheTest, TakesAFullRedisForNoRoom) {
  MustPut("former", "v");
  server_.Ask({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  server_.Ask({"CONFIG", "SET", "maxmemory", "1"});
  const auto kept = cache_.Put(ctx_, "k", "v", hours(1));
  ASSERT_TRUE(kept.ok()) << kept.status().ToString();
  EXPECT_FALSE(*kept);
  EXPECT_EQ(Get("former"), "v");
  server_.Ask({"CONFIG", "SET", "maxmemory", "0"});
  MustPut("k", "v");
}

TEST_F(RedisCacheTest, UsesOneConnectionForOneCaller) {
  const long before = std::stol(server_.Info("total_connections_received"));
  for (int i = 0; i < 50; ++i) Get("k");
  // One of the cache and one that asks.
  EXPECT_EQ(std::stol(server_.Info("total_connections_received")) - before, 2);
}

TEST_F(RedisCacheTest, NeverOpensMoreConnectionsThanItMay) {
  RedisCacheOptions options = PatientOptions(server_.endpoint());
  options.pool.max_connections = 2;
  RedisCache narrow(SystemClock(), options);
  const long before = std::stol(server_.Info("total_connections_received"));
  std::atomic<int> failed{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 100; ++i) {
          if (!narrow.Get(ctx_, "k").ok()) ++failed;
        }
      });
    }
  }
  EXPECT_EQ(failed, 0);
  EXPECT_LE(std::stol(server_.Info("total_connections_received")) - before, 2 + 1);
}

TEST_F(RedisCacheTest, AsksForManyInOneRoundTrip) {
  Get("dials");
  const long before = std::stol(server_.Info("total_commands_processed"));
  const std::vector<std::string> keys(1000, "k");
  ASSERT_TRUE(cache_.GetMany(ctx_, keys).ok());
  // MGET, and the INFO that asked before.
  EXPECT_EQ(std::stol(server_.Info("total_commands_processed")) - before, 2);
}

TEST_F(RedisCacheTest, DoesNotMixDatabases) {
  RedisEndpoint other = server_.endpoint();
  other.database = 5;
  RedisCache fifth(SystemClock(), PatientOptions(other));
  MustPut("k", "v");
  EXPECT_EQ(GetFrom(fifth, "k"), "<none>");
}

TEST(RedisSignInTest, NeedsTheRightPassword) {
  const RedisServer server(
      {"--requirepass", "right", "--user", "app", "on", ">apps", "~s3game:*", "+@all"});
  const OpContext ctx;
  const auto outcome = [&](const std::string& user, const std::string& password) {
    RedisEndpoint endpoint = server.endpoint();
    endpoint.user = user;
    endpoint.password = Secret(password);
    RedisCache cache(SystemClock(), PatientOptions(endpoint));
    const auto got = cache.Get(ctx, "s3game:k");
    return got.ok() ? "ok" : std::string(TraitsOf(got.code()).name);
  };
  EXPECT_EQ(outcome("", "right"), "ok");
  EXPECT_EQ(outcome("app", "apps"), "ok");
  EXPECT_EQ(outcome("", "wrong"), "PermissionDenied");
  EXPECT_EQ(outcome("app", "right"), "PermissionDenied");
  EXPECT_EQ(outcome("", ""), "PermissionDenied");
}

}  // namespace
}  // namespace pgattic::cache
