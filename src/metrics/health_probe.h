// HealthProbe: what the service found when it last looked at its backends.
#pragma once

#include "metrics/family.h"
#include "metrics/registry.h"

namespace pgattic::metrics {

/// Gauges by backend; one that is not configured stays at 0, which is well. Thread-safe. The
/// registry outlives it.
class HealthProbe {
 public:
  explicit HealthProbe(Registry& registry);

  /// A backend was looked at, which took so long.
  void Looked(Backend backend, bool is_ill, double seconds);

 private:
  Family<Gauge, Backend> ill_;
  Family<Gauge, Backend> seconds_;
};

}  // namespace pgattic::metrics
