// BreakerBoard: what the breakers of all readers stand at, by backend, for health and metrics.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "metrics/probes.h"
#include "resilience/circuit_breaker.h"

namespace pgattic::lookup {

/// One backend. A plain value.
struct BreakerReading {
  metrics::Backend backend = metrics::Backend::kDatabase;
  resilience::CircuitBreaker::State state = resilience::CircuitBreaker::State::kClosed;
};

/// Every reader has breakers of its own; of one backend the worst counts: open, then half open.
/// As the breakers said last: one whose time is over says "open" until somebody calls.
/// Thread-safe. Outlives the breakers; the registry outlives it.
class BreakerBoard {
 public:
  explicit BreakerBoard(metrics::Registry& registry) : registry_(registry) {}
  BreakerBoard(const BreakerBoard&) = delete;
  BreakerBoard& operator=(const BreakerBoard&) = delete;

  /// Returns what one more breaker before `backend` has to call; it begins closed.
  resilience::CircuitBreaker::Listener Watch(metrics::Backend backend);
  /// Returns every backend that has a breaker.
  std::vector<BreakerReading> Read() const;

 private:
  struct Watched {
    std::unique_ptr<metrics::BreakerProbe> probe;
    std::vector<resilience::CircuitBreaker::State> states;  ///< Of each breaker.
    resilience::CircuitBreaker::State worst = resilience::CircuitBreaker::State::kClosed;
  };
  void Changed(metrics::Backend backend, std::size_t index,
               resilience::CircuitBreaker::State state);

  metrics::Registry& registry_;
  mutable std::mutex mutex_;  ///< Guards all below. Taken under a breaker's lock, never around it.
  std::map<metrics::Backend, Watched> watched_;
};

/// Returns "closed", "open" or "half_open".
std::string_view NameOf(resilience::CircuitBreaker::State state);
/// Returns the same as a metric knows it.
metrics::BreakerState ProbeState(resilience::CircuitBreaker::State state);

}  // namespace pgattic::lookup
