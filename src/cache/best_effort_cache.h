// BestEffortCache: a cache that may help and cannot hurt.
#pragma once

#include <memory>

#include "cache/row_cache.h"
#include "metrics/probes.h"
#include "resilience/circuit_breaker.h"

namespace pgattic::cache {

/// What a cache may cost.
struct BestEffortOptions {
  /// Of one call, for however many keys. A lookup that misses has lost this much at most.
  std::chrono::milliseconds budget{20};
  /// Failures in a row after which the cache is left alone, and for how long.
  resilience::CircuitBreakerOptions breaker = {};
};

/// Turns every failure and every delay of another cache into a miss, counts it, and leaves
/// a cache alone that keeps failing: then a call costs nothing. Get, GetMany, Put and PutMany
/// return no errors; what the budget is too short for is skipped. Relies on the other cache to end
/// its calls with their OpContext. Thread-safe. The probes outlive it.
class BestEffortCache final : public RowCache {
 public:
  BestEffortCache(std::unique_ptr<RowCache> inner, Clock& clock, const BestEffortOptions& options,
                  metrics::CacheProbe& probe, metrics::BreakerProbe& breaker_probe);

  Result<std::optional<std::string>> Get(const OpContext& ctx, std::string_view key) override;
  Result<std::vector<std::optional<std::string>>> GetMany(
      const OpContext& ctx, std::span<const std::string> keys) override;
  Result<bool> Put(const OpContext& ctx, std::string_view key, std::string_view value,
                   std::chrono::milliseconds ttl) override;
  Status PutMany(const OpContext& ctx, std::size_t count, const EntryOf& entry,
                 std::chrono::milliseconds ttl) override;
  Status Remove(const OpContext& ctx, std::span<const std::string> keys) override;
  /// Asks the other cache whatever the breaker says, and returns its errors: for health pages.
  Status Check(const OpContext& ctx) override;
  std::string Describe() const override;

  resilience::CircuitBreaker::State breaker_state() const { return breaker_.state(); }

 private:
  using Values = std::vector<std::optional<std::string>>;
  /// GetMany of a few keys, and Put. nullopt: the cache did not answer, which was counted.
  std::optional<Values> GetSome(const OpContext& ctx, std::span<const std::string> keys);
  std::optional<bool> PutOne(const OpContext& ctx, std::string_view key, std::string_view value,
                             std::chrono::milliseconds ttl);
  /// Runs `call`, gives the breaker its verdict and the probe the time.
  template <typename Call>
  auto Ask(const OpContext& ctx, resilience::CircuitBreaker::Permit permit, metrics::CacheOp op,
           Call&& call);
  void Tell(resilience::CircuitBreaker::State state);

  std::unique_ptr<RowCache> inner_;
  Clock& clock_;
  const BestEffortOptions options_;
  metrics::CacheProbe& probe_;
  metrics::BreakerProbe& breaker_probe_;
  resilience::CircuitBreaker breaker_;
};

}  // namespace pgattic::cache
