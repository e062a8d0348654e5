#include "metrics/health_probe.h"

namespace pgattic::metrics {

HealthProbe::HealthProbe(Registry& registry)
    : ill_(registry,
           {"pgattic_health_ill", "1 where the last look found that rows cannot be read, else 0."},
           {}),
      seconds_(registry, {"pgattic_health_look_seconds", "Time that the last look took."}, {}) {}

void HealthProbe::Looked(Backend backend, bool is_ill, double seconds) {
  ill_.At(backend).Set(is_ill ? 1 : 0);
  seconds_.At(backend).Set(seconds);
}

}  // namespace pgattic::metrics
