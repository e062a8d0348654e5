// RedisPool: a few connections to one Redis, dialled when needed, dropped when they fail.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "cache/redis_connection.h"
#include "cache/redis_url.h"
#include "resilience/circuit_breaker.h"

namespace pgattic::cache {

/// How many connections, and how patient.
struct RedisPoolOptions {
  RedisEndpoint endpoint = {};
  /// Who needs one more waits, within its own deadline. REQUIRES: > 0.
  std::size_t max_connections = 8;
  /// A larger reply breaks its connection.
  std::size_t max_reply_bytes = std::size_t{64} << 20;
  /// After a connection failed none is dialled for so long; doubled while dialling fails.
  std::chrono::milliseconds first_back_off{100};
  std::chrono::milliseconds longest_back_off{10'000};
};

/// Runs commands over at most `max_connections`. An idle connection that Redis has closed (it was
/// restarted) is noticed before it is used. Thread-safe. No call is running when it is destroyed.
class RedisPool {
 public:
  RedisPool(Clock& clock, RedisPoolOptions options);

  /// Runs one command within `budget` of `ctx`. Errors: those of RedisConnection; Unavailable
  /// also while the back-off lasts.
  Result<RedisReply> Call(const OpContext& ctx, std::chrono::milliseconds budget,
                          std::span<const std::string_view> words);

  const RedisPoolOptions& options() const { return options_; }

 private:
  using ConnectionPtr = std::unique_ptr<RedisConnection>;

  /// Returns an idle connection, or null with leave to dial one: a place in the pool is taken
  /// either way.
  Result<ConnectionPtr> TakePlace(const OpContext& ctx, bool may_dial);
  /// Returns an idle connection that is still good, or null. REQUIRES: mutex_ is held.
  ConnectionPtr PopIdle();
  /// Gives the place back, with the connection if it may be used again.
  void GiveBack(ConnectionPtr connection);

  const RedisPoolOptions options_;
  resilience::CircuitBreaker dialling_;

  std::mutex mutex_;  ///< Guards all below.
  std::condition_variable_any freed_;
  std::vector<ConnectionPtr> idle_;  ///< Last used last.
  std::size_t places_taken_ = 0;     ///< Connections in use or being dialled.
};

}  // namespace pgattic::cache
