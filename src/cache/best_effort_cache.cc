#include "cache/best_effort_cache.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "base/log.h"

namespace pgattic::cache {

using metrics::CacheOp;
using resilience::CircuitBreaker;

namespace {

constexpr std::size_t kKeysAtATime = 100;

/// One budget for several calls, one after the other.
class SharedBudget {
 public:
  SharedBudget(const OpContext& ctx, std::chrono::milliseconds budget)
      : first_(ctx), others_(ctx.WithDeadline(budget)) {}

  /// Returns the context of the next call, null when it would be cut short if it took as long as
  /// the longest before it. The first one has what its caller has, to be judged by it.
  const OpContext* Next() {
    const auto now = first_.clock().SteadyNow();
    if (began_) longest_ = std::max(longest_, now - *began_);
    const bool is_first = !std::exchange(began_, now);
    if (is_first) return &first_;
    return now + longest_ < others_.deadline() ? &others_ : nullptr;
  }

 private:
  const OpContext& first_;
  const OpContext others_;
  std::optional<std::chrono::steady_clock::time_point> began_;
  std::chrono::steady_clock::duration longest_{0};
};

}  // namespace

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

std::optional<BestEffortCache::Values> BestEffortCache::GetSome(const OpContext& ctx,
                                                                std::span<const std::string> keys) {
  const auto count = static_cast<std::int64_t>(keys.size());
  std::optional<CircuitBreaker::Permit> permit = breaker_.TryAcquire();
  if (!permit) {
    probe_.LookupSkipped(count);
    return std::nullopt;
  }
  auto got = Ask(ctx, *std::move(permit), CacheOp::kGetMany,
                 [&](const OpContext& limited) { return inner_->GetMany(limited, keys); });
  if (!got.ok()) {
    probe_.LookupFailed(got.code(), count);
    return std::nullopt;
  }
  const std::int64_t hits =
      std::count_if(got->begin(), got->end(), [](const auto& value) { return value.has_value(); });
  probe_.Hit(hits);
  probe_.Miss(count - hits);
  return std::move(*got);
}

// A reply that is cut short is lost as a whole, and its connection with it: many keys are asked for
// a few at a time.
Result<BestEffortCache::Values> BestEffortCache::GetMany(const OpContext& ctx,
                                                         std::span<const std::string> keys) {
  Values values;
  SharedBudget budget(ctx, options_.budget);
  while (values.size() < keys.size()) {
    const auto left = keys.subspan(values.size());
    const auto some = left.first(std::min(kKeysAtATime, left.size()));
    const OpContext* const share = budget.Next();
    std::optional<Values> got = share != nullptr ? GetSome(*share, some) : std::nullopt;
    if (!got) {
      const std::size_t asked = share != nullptr ? some.size() : 0;
      probe_.LookupSkipped(static_cast<std::int64_t>(left.size() - asked));
      break;
    }
    std::move(got->begin(), got->end(), std::back_inserter(values));
  }
  values.resize(keys.size());
  return values;
}

std::optional<bool> BestEffortCache::PutOne(const OpContext& ctx, std::string_view key,
                                            std::string_view value, std::chrono::milliseconds ttl) {
  std::optional<CircuitBreaker::Permit> permit = breaker_.TryAcquire();
  if (!permit) {
    probe_.StoreSkipped();
    return std::nullopt;
  }
  auto kept = Ask(ctx, *std::move(permit), CacheOp::kPut,
                  [&](const OpContext& limited) { return inner_->Put(limited, key, value, ttl); });
  if (!kept.ok()) {
    probe_.StoreFailed(kept.code());
    return std::nullopt;
  }
  *kept ? probe_.Stored() : probe_.Refused();
  return *kept;
}

Result<bool> BestEffortCache::Put(const OpContext& ctx, std::string_view key,
                                  std::string_view value, std::chrono::milliseconds ttl) {
  return PutOne(ctx, key, value, ttl).value_or(false);
}

Status BestEffortCache::PutMany(const OpContext& ctx, std::size_t count, const EntryOf& entry,
                                std::chrono::milliseconds ttl) {
  SharedBudget budget(ctx, options_.budget);
  bool goes_on = true;
  for (std::size_t i = 0; i < count; ++i) {
    const OpContext* const share = goes_on ? budget.Next() : nullptr;
    if (share != nullptr) {
      const CacheEntry next = entry(i);
      goes_on = PutOne(*share, next.key, next.value, ttl).has_value();
    } else {
      goes_on = false;
      probe_.StoreSkipped();
    }
  }
  return Status::Ok();
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
