// ScheduleProbe: the calendar of `pgattic serve` and the staged roll-out.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "metrics/family.h"
#include "metrics/registry.h"

namespace pgattic::metrics {

/// What a look at all sources found. A plain value.
struct RolloutSums {
  std::int64_t behind = 0;       ///< Partitions old enough, with rows, and not archived.
  std::int64_t held = 0;         ///< Sources that are held.
  std::int64_t stage = 0;        ///< The lowest of all sources, from 1 on; 0: none has a roll-out.
  std::int64_t stages_left = 0;  ///< Of all sources together.
};

/// Gauges and counters. Thread-safe. The registry outlives it.
class ScheduleProbe {
 public:
  explicit ScheduleProbe(Registry& registry);

  /// The last scheduled run of any replica that was done ended at `at`.
  void LastDone(WallTime at);
  /// This replica looks for work at `at` next.
  void Next(WallTime at);
  /// A run of this replica ended.
  void Ended(RunState state);
  void Rollout(const RolloutSums& sums);

 private:
  Gauge last_done_;
  Gauge next_;
  Family<Counter, RunState> ended_;
  Gauge behind_;
  Gauge held_;
  Gauge stage_;
  Gauge stages_left_;
};

}  // namespace pgattic::metrics
