// HttpProbe: what the service tells of its requests.
#pragma once

#include <cstdint>

#include "metrics/family.h"
#include "metrics/registry.h"

namespace pgattic::metrics {

/// Requests to the service. Thread-safe. The registry outlives it.
class HttpProbe {
 public:
  explicit HttpProbe(Registry& registry);

  /// A request came; Answered follows.
  void Began();
  /// It was answered with `status` after so long.
  void Answered(HttpRoute route, int status, std::int64_t body_bytes, double seconds);
  /// It was refused: too many at a time, or too many a second.
  void Limited();

 private:
  Family<Counter, HttpRoute, HttpClass> requests_;
  Family<Histogram, HttpRoute> seconds_;
  Counter bytes_;
  Counter limited_;
  Gauge under_way_;
};

}  // namespace pgattic::metrics
