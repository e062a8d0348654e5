#include "cache/redis_pool.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.h"

namespace pgattic::cache {

using std::chrono::milliseconds;

RedisPool::RedisPool(Clock& clock, RedisPoolOptions options)
    : options_(std::move(options)),
      dialling_(clock, {.failures_to_open = 1,
                        .open_for = options_.first_back_off,
                        .longest_open = options_.longest_back_off}) {
  PGATTIC_CHECK(options_.max_connections > 0, "a pool without connections");
}

Result<RedisReply> RedisPool::Call(const OpContext& ctx, milliseconds budget,
                                   std::span<const std::string_view> words) {
  const OpContext limited = ctx.WithDeadline(budget);
  std::optional<resilience::CircuitBreaker::Permit> permit = dialling_.TryAcquire();
  PGATTIC_ASSIGN_OR_RETURN(ConnectionPtr connection, TakePlace(limited, permit.has_value()));
  Result<RedisReply> reply = [&]() -> Result<RedisReply> {
    if (!connection) {
      PGATTIC_ASSIGN_OR_RETURN(
          connection, RedisConnection::Dial(limited, options_.endpoint, options_.max_reply_bytes));
    }
    return connection->Call(limited, words);
  }();
  const bool is_usable = connection && connection->IsUsable();
  GiveBack(is_usable ? std::move(connection) : nullptr);
  // A caller who was stopped, or brought too little time, has seen no fault of Redis.
  if (permit && is_usable) permit->Succeeded();
  if (permit && !is_usable && ctx.Check().ok()) permit->Failed();
  return reply;
}

Result<RedisPool::ConnectionPtr> RedisPool::TakePlace(const OpContext& ctx, bool may_dial) {
  std::unique_lock lock(mutex_);
  while (places_taken_ >= options_.max_connections) {
    PGATTIC_RETURN_IF_ERROR(ctx.Check());
    const auto left = std::max(ctx.Remaining(std::chrono::hours(1)), milliseconds(1));
    freed_.wait_for(lock, ctx.stop(), left,
                    [&] { return places_taken_ < options_.max_connections; });
  }
  ConnectionPtr idle = PopIdle();
  if (!idle && !may_dial) {
    return {Code::kUnavailable, "Redis at " + options_.endpoint.ToString() +
                                    " failed a moment ago and is left alone for a while; see that "
                                    "it runs and answers"};
  }
  ++places_taken_;
  return idle;
}

RedisPool::ConnectionPtr RedisPool::PopIdle() {
  while (!idle_.empty()) {
    ConnectionPtr connection = std::move(idle_.back());
    idle_.pop_back();
    if (connection->IsUsable()) return connection;
  }
  return nullptr;
}

void RedisPool::GiveBack(ConnectionPtr connection) {
  {
    const std::lock_guard lock(mutex_);
    --places_taken_;
    if (connection) idle_.push_back(std::move(connection));
  }
  freed_.notify_one();
}

}  // namespace pgattic::cache
