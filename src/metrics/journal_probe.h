// JournalProbe: what the journal says of all archives, as it was last read.
#pragma once

#include <cstdint>

#include "metrics/family.h"
#include "metrics/registry.h"

namespace pgattic::metrics {

/// Sums over the archives of one phase. A plain value.
struct PhaseSums {
  std::int64_t archives = 0;
  std::int64_t rows = 0;
  std::int64_t raw_bytes = 0;
  std::int64_t stored_bytes = 0;
};

/// What has to be looked after. A plain value.
struct UpkeepNumbers {
  std::int64_t uncopied_parts = 0;
  double copy_lag_seconds = 0;
  std::int64_t damaged_parts = 0;
  double oldest_proof_seconds = 0;
  std::int64_t open_erasures = 0;
};

/// Gauges by phase. Thread-safe. The registry outlives it.
class JournalProbe {
 public:
  explicit JournalProbe(Registry& registry);

  void InPhase(Phase phase, const PhaseSums& sums);
  /// Sums over all phases.
  void Totals(std::int64_t freed_bytes, std::int64_t failed_archives, std::int64_t database_bytes);
  /// End of the oldest partition whose rows are only in the database, in seconds since 1970; 0
  /// where there is none.
  void OldestUnarchived(std::int64_t end);
  void Upkeep(const UpkeepNumbers& numbers);
  /// One step of one archive took so long, from the event before to its own.
  void StepTook(Step step, double seconds);
  /// Whether it could be read, the last time that it was wanted.
  void WasRead(bool could_be);

 private:
  Family<Gauge, Phase> archives_;
  Family<Gauge, Phase> rows_;
  Family<Gauge, Phase> raw_bytes_;
  Family<Gauge, Phase> stored_bytes_;
  Family<Histogram, Step> step_seconds_;
  Gauge freed_bytes_;
  Gauge failed_;
  Gauge database_bytes_;
  Gauge oldest_;
  Gauge uncopied_;
  Gauge copy_lag_;
  Gauge damaged_;
  Gauge oldest_proof_;
  Gauge open_erasures_;
  Gauge up_;
};

}  // namespace pgattic::metrics
