// Where a Redis is, from a URL.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace pgattic::cache {

/// A Redis server and who we are to it. A plain value.
struct RedisEndpoint {
  std::string host = "127.0.0.1";
  std::uint16_t port = 6379;
  std::string socket_path;  ///< Of a Unix socket; goes before host and port when not empty.
  std::string user;         ///< "" is Redis' default user.
  Secret password;
  int database = 0;

  /// Returns "127.0.0.1:6379/0" or "/run/redis.sock/0": no user, no password.
  std::string ToString() const;
};

/// Parses redis://[[user]:password@]host[:port][/database] and
/// unix://[[user]:password@]/path[?db=N] (the IANA registration of "redis" and redis-py's form).
/// User, password and path may be %-encoded; an IPv6 address stands in brackets. InvalidArgument
/// for anything else, Unsupported for rediss://: this build's hiredis has no TLS. No message
/// repeats the URL, which may hold a password.
Result<RedisEndpoint> ParseRedisUrl(const Secret& url);

}  // namespace pgattic::cache
