// SteadyReads: reads of one object store that a slow or dead store cannot hold up for long.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <queue>
#include <string>
#include <thread>
#include <vector>

#include "metrics/probes.h"
#include "resilience/circuit_breaker.h"
#include "resilience/latency_window.h"
#include "store/object_store.h"

namespace pgattic::lookup {

/// What a read may cost.
struct SteadyReadsOptions {
  std::chrono::milliseconds deadline{10'000};  ///< Of one read, its repetitions included.
  /// A caller that brought less time than this is not held against the store.
  std::chrono::milliseconds fair_time{1000};
  /// A second request is sent once the first has taken longer than this share of the reads of
  /// late did; above 1: never.
  double hedge_quantile = 0.95;
  /// Nor before this: where reads are quick, one more costs the others more than it saves.
  std::chrono::milliseconds least_patience{10};
  int most_hedges_percent = 5;  ///< Of all requests.
  std::size_t hedge_threads = 2;
  resilience::CircuitBreakerOptions breaker = {};
};

/// GETs with a deadline, a breaker and hedged requests. Thread-safe. The store outlives it. Its
/// destructor waits for requests under way.
class SteadyReads {
 public:
  /// Who is told; null, empty: nobody. The probes outlive the reads.
  struct Watchers {
    metrics::LookupProbe* lookup = nullptr;  ///< Of hedges.
    metrics::StoreProbe* store = nullptr;    ///< Of every request.
    resilience::CircuitBreaker::Listener breaker = {};
  };
  SteadyReads(store::ObjectStore& store, Clock& clock, const SteadyReadsOptions& options,
              Watchers watchers);
  SteadyReads(store::ObjectStore& store, Clock& clock, const SteadyReadsOptions& options)
      : SteadyReads(store, clock, options, Watchers()) {}
  ~SteadyReads();
  SteadyReads(const SteadyReads&) = delete;
  SteadyReads& operator=(const SteadyReads&) = delete;

  /// As ObjectStore::Get. Unavailable at once while the breaker is open.
  Result<std::string> Get(const OpContext& ctx, const std::string& key,
                          const store::ReadOptions& options);

  std::int64_t requests() const;  ///< Sent so far, hedges included.
  std::int64_t hedges() const;
  resilience::CircuitBreaker::State breaker_state() const { return breaker_.state(); }

 private:
  struct Race;
  struct Due {
    std::chrono::steady_clock::time_point at;
    std::shared_ptr<Race> race;
    bool operator>(const Due& other) const { return at > other.at; }
  };

  Result<std::string> Hedged(const OpContext& ctx, const std::string& key,
                             const store::ReadOptions& options);
  Result<std::string> Timed(const OpContext& ctx, const std::string& key,
                            const store::ReadOptions& options);
  void Schedule(std::shared_ptr<Race> race, std::chrono::microseconds after);
  void RunSecond(Race& race);
  /// Returns leave for one hedge.
  bool TakeHedge();
  void Work(const std::stop_token& stop);

  store::ObjectStore& store_;
  Clock& clock_;
  const SteadyReadsOptions options_;
  metrics::LookupProbe* const probe_;
  metrics::StoreProbe* const store_probe_;
  resilience::CircuitBreaker breaker_;
  resilience::LatencyWindow latencies_;
  mutable std::mutex mutex_;  ///< Guards all below.
  std::condition_variable_any due_changed_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::int64_t requests_ = 0;
  std::int64_t hedges_ = 0;
  std::vector<std::jthread> threads_;  ///< Last: they use all above.
};

}  // namespace pgattic::lookup
