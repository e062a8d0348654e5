// VitalsProbe: how full what is bounded in a service is, as it was last looked at.
#pragma once

#include <cstdint>

#include "metrics/family.h"
#include "metrics/registry.h"

namespace pgattic::metrics {

/// Places of one pool. A plain value.
struct PoolUse {
  std::int64_t busy = 0;
  std::int64_t idle = 0;
  std::int64_t waiting = 0;  ///< Callers in its queue.
  std::int64_t limit = 0;
};

/// Gauges by pool. Thread-safe. The registry outlives it.
class VitalsProbe {
 public:
  explicit VitalsProbe(Registry& registry);

  void Uses(PoolKind pool, const PoolUse& use);

 private:
  Family<Gauge, PoolKind, PoolState> places_;
};

}  // namespace pgattic::metrics
