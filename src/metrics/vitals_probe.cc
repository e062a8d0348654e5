#include "metrics/vitals_probe.h"

namespace pgattic::metrics {

VitalsProbe::VitalsProbe(Registry& registry)
    : places_(registry,
              {"pgattic_pool_places",
               "Sessions with PostgreSQL, connections and requests: busy, idle, waited for, most."},
              {}) {}

void VitalsProbe::Uses(PoolKind pool, const PoolUse& use) {
  places_.At(pool, PoolState::kBusy).Set(static_cast<double>(use.busy));
  places_.At(pool, PoolState::kIdle).Set(static_cast<double>(use.idle));
  places_.At(pool, PoolState::kWaiting).Set(static_cast<double>(use.waiting));
  places_.At(pool, PoolState::kLimit).Set(static_cast<double>(use.limit));
}

}  // namespace pgattic::metrics
