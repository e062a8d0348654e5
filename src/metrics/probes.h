// Probes: what modules tell of what they do, in verbs. The names of the metrics are in
// probes.cc alone. Every series is made when the probe is; telling costs a few atomics.
#pragma once

#include <cstdint>

#include "metrics/family.h"
#include "metrics/registry.h"

namespace pgattic::metrics {

/// Rows looked up by id. Thread-safe. The registry outlives it.
class LookupProbe {
 public:
  explicit LookupProbe(Registry& registry);

  /// One id was answered from `tier` (kNone: from nowhere). Absent is code not_found, erased
  /// failed_precondition, temporarily unavailable the code of the tier that could not answer.
  void Answered(Tier tier, Outcome outcome, double seconds);
  /// One tier was asked and failed, whatever the answer was in the end.
  void TierFailed(Tier tier, Code code);
  /// The journal had changed meanwhile: one more pass.
  void ReadAgain();
  /// Answered by the call of another reader of the same id.
  void Shared();
  /// Further rows of one id in the place that answered.
  void FoundDuplicates(std::int64_t rows);
  /// A second request was sent for a slow first one.
  void Hedged(Hedge result);

 private:
  Family<Counter, Tier, Outcome> answers_;
  Family<Histogram, Tier> seconds_;
  Family<Counter, Tier, Code> tier_errors_;
  Counter rereads_;
  Counter shared_;
  Counter duplicates_;
  Family<Counter, Hedge> hedges_;
};

/// The row cache. Thread-safe. The registry outlives it.
class CacheProbe {
 public:
  CacheProbe(Registry& registry, CacheKind kind);

  void Hit(std::int64_t keys = 1);
  void Miss(std::int64_t keys = 1);
  /// The cache did not answer, or not in time: its keys were taken for misses.
  void LookupFailed(Code code, std::int64_t keys);
  /// The cache was not asked: its breaker was open, or the call had used up its time.
  void LookupSkipped(std::int64_t keys);
  void Stored();
  /// The cache had no room for the value.
  void Refused();
  void StoreFailed(Code code);
  void StoreSkipped();
  /// One call of the cache took so long.
  void Took(CacheOp op, double seconds);

 private:
  Family<Counter, CacheLookup> lookups_;
  Family<Counter, CacheStore> stores_;
  Family<Counter, Code> errors_;
  Family<Histogram, CacheOp> seconds_;
};

/// Requests to one object store. Thread-safe. The registry outlives it.
class StoreProbe {
 public:
  StoreProbe(Registry& registry, StoreRole role);

  /// One request ended; `bytes` of objects went over the wire, either way.
  void Request(StoreOp op, Outcome outcome, std::int64_t bytes, double seconds);

 private:
  Family<Counter, StoreOp, Outcome> requests_;
  Family<Counter, StoreOp> bytes_;
  Family<Histogram, StoreOp> seconds_;
};

/// Queries of the engines. Thread-safe. The registry outlives it.
class EngineProbe {
 public:
  EngineProbe(Registry& registry, Engine engine);

  /// One query ended; the engine says that it read `scanned_bytes` (0 when it does not say).
  void Query(Outcome outcome, std::int64_t scanned_bytes, double seconds);

 private:
  Family<Counter, Outcome> queries_;
  Counter scanned_bytes_;
  Histogram seconds_;
};

/// One circuit breaker. Thread-safe. The registry outlives it.
class BreakerProbe {
 public:
  /// Says "closed" until told otherwise.
  BreakerProbe(Registry& registry, Backend backend);

  /// It changed to `state`.
  void Entered(BreakerState state);

 private:
  Family<Gauge, BreakerState> state_;
  Family<Counter, BreakerState> transitions_;
};

}  // namespace pgattic::metrics
