// LatencyWindow: how long the calls of late took; what a hedged request waits for.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace pgattic::resilience {

/// What counts as late.
struct LatencyWindowOptions {
  std::size_t samples = 256;  ///< The last so many calls. REQUIRES: > 0.
  /// Fewer say nothing: a quantile of three calls is noise.
  std::size_t least_samples = 20;
  /// Older calls say nothing about now.
  std::chrono::milliseconds max_age{60'000};
};

/// Quantiles over a ring of the last calls: exact, bounded, a microsecond or two a question.
/// Thread-safe.
class LatencyWindow {
 public:
  LatencyWindow(Clock& clock, const LatencyWindowOptions& options);

  /// Adds one call. Negative durations count as zero.
  void Record(std::chrono::microseconds took);

  /// Returns the duration that the share `quantile` (0 to 1) of the recent calls did not
  /// exceed (nearest rank), or nullopt while there are too few of them.
  std::optional<std::chrono::microseconds> Quantile(double quantile) const;

 private:
  struct Sample {
    std::chrono::steady_clock::time_point at;
    std::chrono::microseconds took;
  };

  Clock& clock_;
  const LatencyWindowOptions options_;
  mutable std::mutex mutex_;  ///< Guards all below.
  std::vector<Sample> ring_;
  std::size_t next_ = 0;  ///< Where the next sample goes once the ring is full.
};

}  // namespace pgattic::resilience
