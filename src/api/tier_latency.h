// TierLatency: how long answers of late took, by the tier they came from.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>
#include <vector>

#include "resilience/latency_window.h"

namespace pgattic::api {

/// Quantiles of the last answers of one tier. A plain value.
struct TierQuantiles {
  std::string_view tier;
  std::chrono::microseconds p50{0};
  std::chrono::microseconds p95{0};
  std::chrono::microseconds p99{0};
};

/// The last 256 answers of each tier, at most an hour old. Thread-safe.
class TierLatency {
 public:
  explicit TierLatency(Clock& clock);

  /// `tier` as in X-Pgattic-Source; others are left out.
  void Record(std::string_view tier, std::chrono::microseconds took);
  /// Returns the tiers that gave answers.
  std::vector<TierQuantiles> Quantiles() const;

 private:
  struct Tier {
    std::string_view name;
    std::unique_ptr<resilience::LatencyWindow> window;
  };
  std::vector<Tier> tiers_;
};

}  // namespace pgattic::api
