#include "cache/best_effort_cache.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/log.h"

namespace pgattic::cache {

using metrics::CacheOp;
using resilience::CircuitBreaker;

BestEffortCache::BestEffortCache(std::unique_ptr<RowCache> inner, Clock& clock,
                                 const BestEffortOptions& options, metrics::CacheProbe& probe,
                                 metrics::BreakerProbe& breaker_probe)
    : inner_(std::move(inner)),
      clock_(clock),
      options_(options),
      probe_(probe),
      breaker_probe_(breaker_probe),
      breaker_(clock, options.breaker, [this](CircuitBreaker::State state) { Tell(state); }) {}

template <typename Call>
auto BestEffortCache::Ask(const OpContext& ctx, CircuitBreaker::Permit permit, CacheOp op,
                          Call&& call) {
  const auto start = clock_.SteadyNow();
  auto outcome = call(ctx.WithDeadline(options_.budget));
  const std::chrono::duration<double> took = clock_.SteadyNow() - start;
  probe_.Took(op, took.count());
  // A caller who was stopped, or brought too little time, has seen no fault of the cache.
  if (outcome.ok()) {
    permit.Succeeded();
  } else if (ctx.Check().ok()) {
    permit.Failed();
  }
  return outcome;
}

Result<std::optional<std::string>> BestEffortCache::Get(const OpContext& ctx,
                                                        std::string_view key) {
  std::optional<CircuitBreaker::Permit> permit = breaker_.TryAcquire();
  if (!permit) {
    probe_.LookupSkipped(1);
    return std::optional<std::string>();
  }
  auto got = Ask(ctx, *std::move(permit), CacheOp::kGet,
                 [&](const OpContext& limited) { return inner_->Get(limited, key); });
  if (!got.ok()) {
    probe_.LookupFailed(got.code(), 1);
    return std::optional<std::string>();
  }
  got->has_value() ? probe_.Hit() : probe_.Miss();
  return got;
}

Result<std::vector<std::optional<std::string>>> BestEffortCache::GetMany(
    const OpContext& ctx, std::span<const std::string> keys) {
  const auto count = static_cast<std::int64_t>(keys.size());
  std::vector<std::optional<std::string>> nothing(keys.size());
  std::optional<CircuitBreaker::Permit> permit = breaker_.TryAcquire();
  if (!permit) {
    probe_.LookupSkipped(count);
    return nothing;
  }
  auto got = Ask(ctx, *std::move(permit), CacheOp::kGetMany,
                 [&](const OpContext& limited) { return inner_->GetMany(limited, keys); });
  if (!got.ok()) {
    probe_.LookupFailed(got.code(), count);
    return nothing;
  }
  const std::int64_t hits =
      std::count_if(got->begin(), got->end(), [](const auto& value) { return value.has_value(); });
  probe_.Hit(hits);
  probe_.Miss(count - hits);
  return got;
}

Result<bool> BestEffortCache::Put(const OpContext& ctx, std::string_view key,
                                  std::string_view value, std::chrono::milliseconds ttl) {
  std::optional<CircuitBreaker::Permit> permit = breaker_.TryAcquire();
  if (!permit) {
    probe_.StoreSkipped();
    return false;
  }
  auto kept = Ask(ctx, *std::move(permit), CacheOp::kPut,
                  [&](const OpContext& limited) { return inner_->Put(limited, key, value, ttl); });
  if (!kept.ok()) {
    probe_.StoreFailed(kept.code());
    return false;
  }
  *kept ? probe_.Stored() : probe_.Refused();
  return kept;
}

// Whoever erases has to know whether it was done.
Status BestEffortCache::Remove(const OpContext& ctx, std::span<const std::string> keys) {
  return inner_->Remove(ctx, keys);
}

Status BestEffortCache::Check(const OpContext& ctx) { return inner_->Check(ctx); }

std::string BestEffortCache::Describe() const { return inner_->Describe(); }

void BestEffortCache::Tell(CircuitBreaker::State state) {
  using enum CircuitBreaker::State;
  switch (state) {
    case kClosed:
      breaker_probe_.Entered(metrics::BreakerState::kClosed);
      log::Write(log::Level::kInfo, "cache-answers-again", {{"cache", Describe()}});
      return;
    case kOpen:
      breaker_probe_.Entered(metrics::BreakerState::kOpen);
      log::Write(log::Level::kWarn, "cache-left-alone", {{"cache", Describe()}});
      return;
    case kHalfOpen:
      breaker_probe_.Entered(metrics::BreakerState::kHalfOpen);
      return;
  }
}

}  // namespace pgattic::cache
