// HealthWatch: looks at the backends whether or not anybody asks, so that an alert does not
// depend on a load balancer that calls /readyz.
#pragma once

#include <chrono>
#include <thread>

#include "api/health.h"
#include "base/clock.h"
#include "metrics/health_probe.h"

namespace pgattic::api {

/// A thread that looks, tells metrics, and sleeps. The first look is at once; the destructor
/// stops the thread and waits for a look under way. What it is given outlives it.
class HealthWatch {
 public:
  HealthWatch(Health& health, metrics::Registry& registry, Clock& clock,
              std::chrono::milliseconds interval);

 private:
  void Tell(const std::vector<Finding>& findings);

  Health& health_;
  metrics::HealthProbe probe_;
  std::jthread thread_;
};

}  // namespace pgattic::api
