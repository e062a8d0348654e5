#include "cache/redis_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace pgattic::cache {
namespace {

TEST(RedisErrorTest, TranslatesByTheFirstWord) {
  const std::vector<std::pair<std::string, Code>> table = {
      {"OOM command not allowed when used memory > 'maxmemory'.", Code::kResourceExhausted},
      {"NOAUTH Authentication required.", Code::kPermissionDenied},
      {"WRONGPASS invalid username-password pair or user is disabled.", Code::kPermissionDenied},
      {"NOPERM this user has no permissions", Code::kPermissionDenied},
      {"LOADING Redis is loading the dataset in memory", Code::kUnavailable},
      {"BUSY Redis is busy running a script.", Code::kUnavailable},
      {"TRYAGAIN Multiple keys request during rehashing of slot", Code::kUnavailable},
      {"MASTERDOWN Link with MASTER is down", Code::kUnavailable},
      {"CLUSTERDOWN The cluster is down", Code::kUnavailable},
      {"MISCONF Redis is configured to save RDB snapshots", Code::kUnavailable},
      {"READONLY You can't write against a read only replica.", Code::kFailedPrecondition},
      {"MOVED 3999 127.0.0.1:6381", Code::kUnsupported},
      {"ASK 3999 127.0.0.1:6381", Code::kUnsupported},
      {"CROSSSLOT Keys in request don't hash to the same slot", Code::kUnsupported},
      {"ERR unknown command", Code::kUnavailable},
      {"OOMX", Code::kUnavailable},
      {"", Code::kUnavailable},
  };
  for (const auto& [reply, code] : table) {
    const Status status = RedisErrorOf(reply);
    EXPECT_TRUE(status.Is(code)) << status.ToString();
    EXPECT_EQ(status.error().origin.system, "redis");
    EXPECT_EQ(status.error().origin.code, reply.substr(0, reply.find(' ')));
    EXPECT_THAT(status.error().message, testing::HasSubstr(reply));
  }
}

}  // namespace
}  // namespace pgattic::cache
