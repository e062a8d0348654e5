#include "api/tier_latency.h"

namespace pgattic::api {

TierLatency::TierLatency(Clock& clock) {
  const resilience::LatencyWindowOptions options = {.least_samples = 1,
                                                    .max_age = std::chrono::hours(1)};
  for (const std::string_view name : {"database", "cache", "archive", "copy", "engine"}) {
    tiers_.push_back({name, std::make_unique<resilience::LatencyWindow>(clock, options)});
  }
}

void TierLatency::Record(std::string_view tier, std::chrono::microseconds took) {
  for (const Tier& known : tiers_) {
    if (known.name == tier) known.window->Record(took);
  }
}

std::vector<TierQuantiles> TierLatency::Quantiles() const {
  std::vector<TierQuantiles> all;
  for (const Tier& tier : tiers_) {
    const auto p50 = tier.window->Quantile(0.5);
    const auto p95 = tier.window->Quantile(0.95);
    const auto p99 = tier.window->Quantile(0.99);
    if (p50 && p95 && p99) all.push_back({tier.name, *p50, *p95, *p99});
  }
  return all;
}

}  // namespace pgattic::api
