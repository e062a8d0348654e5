#include "cache/redis_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pgattic::cache {
namespace {

RedisEndpoint MustParse(const std::string& url) {
  Result<RedisEndpoint> endpoint = ParseRedisUrl(Secret(url));
  EXPECT_TRUE(endpoint.ok()) << endpoint.status().ToString();
  return endpoint.ok() ? *std::move(endpoint) : RedisEndpoint();
}

TEST(RedisUrlTest, HasDefaults) {
  const RedisEndpoint endpoint = MustParse("redis://cache.internal");
  EXPECT_EQ(endpoint.host, "cache.internal");
  EXPECT_EQ(endpoint.port, 6379);
  EXPECT_EQ(endpoint.database, 0);
  EXPECT_TRUE(endpoint.user.empty());
  EXPECT_TRUE(endpoint.password.empty());
  EXPECT_EQ(endpoint.ToString(), "cache.internal:6379/0");
}

TEST(RedisUrlTest, TakesAllParts) {
  const RedisEndpoint endpoint = MustParse("redis://app:p%40ss%3a%2F@10.0.0.7:7000/3");
  EXPECT_EQ(endpoint.user, "app");
  EXPECT_EQ(endpoint.password.Reveal(), "p@ss:/");
  EXPECT_EQ(endpoint.host, "10.0.0.7");
  EXPECT_EQ(endpoint.port, 7000);
  EXPECT_EQ(endpoint.database, 3);
}

TEST(RedisUrlTest, TakesAPasswordAlone) {
  const RedisEndpoint endpoint = MustParse("redis://:se@cret@h/");
  EXPECT_TRUE(endpoint.user.empty());
  EXPECT_EQ(endpoint.password.Reveal(), "se@cret");
  EXPECT_EQ(endpoint.host, "h");
}

TEST(RedisUrlTest, TakesIpv6InBrackets) {
  const RedisEndpoint endpoint = MustParse("redis://[::1]:7000/1");
  EXPECT_EQ(endpoint.host, "::1");
  EXPECT_EQ(endpoint.port, 7000);
  EXPECT_EQ(endpoint.ToString(), "[::1]:7000/1");
  EXPECT_EQ(MustParse("redis://[::1]").port, 6379);
}

TEST(RedisUrlTest, TakesAUnixSocket) {
  const RedisEndpoint endpoint = MustParse("unix://:pw@/run/my%20redis.sock?db=2");
  EXPECT_EQ(endpoint.socket_path, "/run/my redis.sock");
  EXPECT_EQ(endpoint.password.Reveal(), "pw");
  EXPECT_EQ(endpoint.database, 2);
  EXPECT_EQ(MustParse("unix:///run/redis.sock").ToString(), "/run/redis.sock/0");
}

TEST(RedisUrlTest, RefusesWhatItDoesNotUnderstand) {
  for (const char* url : {"",
                          "redis:",
                          "http://h",
                          "h:6379",
                          "redis://",
                          "redis://h:",
                          "redis://h:0",
                          "redis://h:65536",
                          "redis://h:12x",
                          "redis://h:-1",
                          "redis://h/x",
                          "redis://h/-1",
                          "redis://[::1",
                          "redis://[::1]x",
                          "redis://user@h",
                          "redis://:%4@h",
                          "redis://:%zz@h",
                          "redis://:6379",
                          "unix://relative",
                          "unix://",
                          "unix:///s?db=",
                          "unix:///s?db=x",
                          "unix:///s?x=1"}) {
    EXPECT_TRUE(ParseRedisUrl(Secret(url)).Is(Code::kInvalidArgument)) << url;
  }
}

TEST(RedisUrlTest, RefusesTlsWithARemedy) {
  const auto endpoint = ParseRedisUrl(Secret("rediss://h"));
  ASSERT_TRUE(endpoint.Is(Code::kUnsupported));
  EXPECT_THAT(endpoint.error().message, testing::HasSubstr("stunnel"));
}

TEST(RedisUrlTest, NeverRepeatsAPassword) {
  for (const char* url : {"redis://u:hunter2@h:x", "rediss://u:hunter2@h", "redi://u:hunter2@h",
                          "redis://u:hunter2%@h"}) {
    const auto endpoint = ParseRedisUrl(Secret(url));
    ASSERT_FALSE(endpoint.ok());
    EXPECT_THAT(endpoint.status().ToString(), testing::Not(testing::HasSubstr("hunter2")));
  }
  EXPECT_THAT(MustParse("redis://u:hunter2@h").ToString(),
              testing::Not(testing::HasSubstr("hunter2")));
}

}  // namespace
}  // namespace pgattic::cache
