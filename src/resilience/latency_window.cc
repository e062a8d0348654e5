#include "resilience/latency_window.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace pgattic::resilience {

using std::chrono::microseconds;

LatencyWindow::LatencyWindow(Clock& clock, const LatencyWindowOptions& options)
    : clock_(clock), options_(options) {
  PGATTIC_CHECK(options.samples > 0, "a latency window without room");
  ring_.reserve(options.samples);
}

void LatencyWindow::Record(microseconds took) {
  const Sample sample{clock_.SteadyNow(), std::max(took, microseconds(0))};
  const std::lock_guard lock(mutex_);
  if (ring_.size() < options_.samples) {
    ring_.push_back(sample);
    return;
  }
  ring_[next_] = sample;
  next_ = (next_ + 1) % ring_.size();
}

std::optional<microseconds> LatencyWindow::Quantile(double quantile) const {
  const auto oldest = clock_.SteadyNow() - options_.max_age;
  std::vector<microseconds> recent;
  {
    const std::lock_guard lock(mutex_);
    recent.reserve(ring_.size());
    for (const Sample& sample : ring_) {
      if (sample.at >= oldest) recent.push_back(sample.took);
    }
  }
  if (recent.empty() || recent.size() < options_.least_samples) return std::nullopt;
  const double rank =
      std::ceil(std::clamp(quantile, 0.0, 1.0) * static_cast<double>(recent.size()));
  const auto index = rank < 1 ? std::size_t{0} : static_cast<std::size_t>(rank) - 1;
  const auto nth = recent.begin() + static_cast<std::ptrdiff_t>(index);
  std::nth_element(recent.begin(), nth, recent.end());
  return *nth;
}

}  // namespace pgattic::resilience
