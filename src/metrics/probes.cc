#include "metrics/probes.h"

namespace pgattic::metrics {
namespace {
double AsDouble(std::int64_t count) { return static_cast<double>(count); }
}  // namespace

LookupProbe::LookupProbe(Registry& registry)
    : answers_(registry,
               {"pgattic_lookup_answers_total", "Ids answered, by tier that had the answer."}, {}),
      seconds_(registry, {"pgattic_lookup_duration_seconds", "Time to answer one id."}, {},
               RequestSeconds()),
      tier_errors_(registry,
                   {"pgattic_lookup_tier_errors_total", "Tiers that were asked and failed."}, {}),
      rereads_(registry.AddCounter({"pgattic_lookup_rereads_total",
                                    "Further passes because the journal had changed meanwhile."},
                                   {})),
      shared_(registry.AddCounter(
          {"pgattic_lookup_shared_total", "Ids answered by another reader's call."}, {})),
      duplicates_(registry.AddCounter(
          {"pgattic_lookup_duplicate_rows_total", "Further rows found under an id."}, {})),
      hedges_(registry, {"pgattic_lookup_hedges_total", "Second requests for slow first ones."},
              {}) {}

void LookupProbe::Answered(Tier tier, Outcome outcome, double seconds) {
  answers_.At(tier, outcome).Add();
  seconds_.At(tier).Observe(seconds);
}
void LookupProbe::TierFailed(Tier tier, Code code) { tier_errors_.At(tier, code).Add(); }
void LookupProbe::ReadAgain() { rereads_.Add(); }
void LookupProbe::Shared() { shared_.Add(); }
void LookupProbe::FoundDuplicates(std::int64_t rows) { duplicates_.Add(AsDouble(rows)); }
void LookupProbe::Hedged(Hedge result) { hedges_.At(result).Add(); }

CacheProbe::CacheProbe(Registry& registry, CacheKind kind)
    : lookups_(registry, {"pgattic_cache_lookups_total", "Keys looked up in the row cache."},
               {kind}),
      stores_(registry, {"pgattic_cache_stores_total", "Values put into the row cache."}, {kind}),
      errors_(registry, {"pgattic_cache_errors_total", "Calls of the row cache that failed."},
              {kind}),
      seconds_(registry, {"pgattic_cache_duration_seconds", "Time that a call of the cache took."},
               {kind}, RequestSeconds()) {}

void CacheProbe::Hit(std::int64_t keys) { lookups_.At(CacheLookup::kHit).Add(AsDouble(keys)); }
void CacheProbe::Miss(std::int64_t keys) { lookups_.At(CacheLookup::kMiss).Add(AsDouble(keys)); }
void CacheProbe::LookupFailed(Code code, std::int64_t keys) {
  lookups_.At(CacheLookup::kFailed).Add(AsDouble(keys));
  errors_.At(code).Add();
}
void CacheProbe::LookupSkipped(std::int64_t keys) {
  lookups_.At(CacheLookup::kSkipped).Add(AsDouble(keys));
}
void CacheProbe::Stored() { stores_.At(CacheStore::kStored).Add(); }
void CacheProbe::Refused() { stores_.At(CacheStore::kRefused).Add(); }
void CacheProbe::StoreFailed(Code code) {
  stores_.At(CacheStore::kFailed).Add();
  errors_.At(code).Add();
}
void CacheProbe::StoreSkipped() { stores_.At(CacheStore::kSkipped).Add(); }
void CacheProbe::Took(CacheOp op, double seconds) { seconds_.At(op).Observe(seconds); }

StoreProbe::StoreProbe(Registry& registry, StoreRole role)
    : requests_(registry, {"pgattic_store_requests_total", "Requests to the object store."},
                {role}),
      bytes_(registry, {"pgattic_store_bytes_total", "Bytes of objects sent or received."}, {role}),
      seconds_(registry, {"pgattic_store_request_duration_seconds", "Time that a request took."},
               {role}, RequestSeconds()) {}

void StoreProbe::Request(StoreOp op, Outcome outcome, std::int64_t bytes, double seconds) {
  requests_.At(op, outcome).Add();
  bytes_.At(op).Add(AsDouble(bytes));
  seconds_.At(op).Observe(seconds);
}

EngineProbe::EngineProbe(Registry& registry, Engine engine)
    : queries_(registry, {"pgattic_engine_queries_total", "Queries sent to the engine."}, {engine}),
      scanned_bytes_(registry.AddCounter(
          {"pgattic_engine_scanned_bytes_total", "Bytes that the engine says it read."}, {engine})),
      seconds_(registry.AddHistogram(
          {"pgattic_engine_query_duration_seconds", "Time that a query took."}, {engine},
          RequestSeconds())) {}

void EngineProbe::Query(Outcome outcome, std::int64_t scanned_bytes, double seconds) {
  queries_.At(outcome).Add();
  scanned_bytes_.Add(AsDouble(scanned_bytes));
  seconds_.Observe(seconds);
}

BreakerProbe::BreakerProbe(Registry& registry, Backend backend)
    : state_(registry, {"pgattic_breaker_state", "1 for the state that the breaker is in."},
             {backend}),
      transitions_(registry, {"pgattic_breaker_transitions_total", "Changes to a state."},
                   {backend}) {
  state_.At(BreakerState::kClosed).Set(1);
}

void BreakerProbe::Entered(BreakerState state) {
  for (std::size_t i = 0; i < SizeOf<BreakerState>(); ++i) {
    state_.At(ValueAt<BreakerState>(i)).Set(i == IndexOf(state) ? 1 : 0);
  }
  transitions_.At(state).Add();
}

}  // namespace pgattic::metrics
