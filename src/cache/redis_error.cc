#include "cache/redis_error.h"

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

}  // namespace

Status RedisErrorOf(std::string_view reply) {
  const std::string_view word = reply.substr(0, reply.find(' '));
  const Origin origin{"redis", std::string(word)};
  for (const Row& row : kTable) {
    if (row.word != word) continue;
    return {row.code, "Redis says \"" + std::string(reply) + "\": " + std::string(row.remedy),
            origin};
  }
  return {
      Code::kUnavailable,
      "Redis says \"" + std::string(reply) + "\": see that a Redis of version 6 or later answers",
      origin};
}

}  // namespace pgattic::cache
