#include "cache/redis_error.h"

#include <algorithm>
#include <array>

namespace pgattic::cache {
namespace {

struct Row {
  std::string_view word;
  Code code;
  std::string_view remedy;
};

// Redis' own words: src/server.c (createSharedObjects), src/cluster.c, src/acl.c.
constexpr std::array<Row, 14> kTable{{
    {"OOM", Code::kResourceExhausted, "raise maxmemory, or set maxmemory-policy allkeys-lru"},
    {"NOAUTH", Code::kPermissionDenied, "put the password into the URL of the cache"},
    {"WRONGPASS", Code::kPermissionDenied, "correct user and password in the URL of the cache"},
    {"NOPERM", Code::kPermissionDenied,
     "allow the user GET, MGET, SET, PING and SELECT on s3game:*"},
    {"LOADING", Code::kUnavailable, "wait: Redis is starting"},
    {"BUSY", Code::kUnavailable, "end the script that keeps Redis busy"},
    {"TRYAGAIN", Code::kUnavailable, "wait: the cluster is moving slots"},
    {"MASTERDOWN", Code::kUnavailable, "restore the link between replica and master"},
    {"CLUSTERDOWN", Code::kUnavailable, "restore the cluster"},
    {"MISCONF", Code::kUnavailable, "see why Redis cannot save to its disk"},
    {"READONLY", Code::kFailedPrecondition, "give the URL of the master, not of a replica"},
    {"MOVED", Code::kUnsupported, "give a single server or a proxy, not a node of a cluster"},
    {"ASK", Code::kUnsupported, "give a single server or a proxy, not a node of a cluster"},
    {"CROSSSLOT", Code::kUnsupported, "give a single server or a proxy, not a node of a cluster"},
}};

const Row* Find(std::string_view word) {
  const auto* const row =
      std::find_if(kTable.begin(), kTable.end(), [&](const Row& r) { return r.word == word; });
  return row == kTable.end() ? nullptr : row;
}

}  // namespace

Status RedisAuthErrorOf(std::string_view word) {
  if (Find(word) != nullptr) return RedisErrorOf(word);
  return {
      Code::kUnavailable,
      "Redis refuses AUTH: see that it is a Redis of version 6 or later that has a password and "
      "has not renamed the command, or take the password out of the URL of the cache",
      {"redis", "ERR"}};
}

Status RedisErrorOf(std::string_view reply) {
  const std::string_view word = reply.substr(0, reply.find(' '));
  const Origin origin{"redis", std::string(word)};
  if (const Row* const row = Find(word)) {
    return {row->code, "Redis says \"" + std::string(reply) + "\": " + std::string(row->remedy),
            origin};
  }
  return {
      Code::kUnavailable,
      "Redis says \"" + std::string(reply) + "\": see that a Redis of version 6 or later answers",
      origin};
}

}  // namespace pgattic::cache
