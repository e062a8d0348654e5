#include "api/health_watch.h"

#include <algorithm>
#include <map>

namespace pgattic::api {
namespace {

metrics::Backend BackendOf(const Finding& finding) {
  if (finding.backend == "database") return metrics::Backend::kDatabase;
  return finding.backend == "copy" ? metrics::Backend::kCopy : metrics::Backend::kArchive;
}

}  // namespace

HealthWatch::HealthWatch(Health& health, metrics::Registry& registry, Clock& clock,
                         std::chrono::milliseconds interval)
    : health_(health),
      probe_(registry),
      thread_([this, &clock, interval](const std::stop_token& stop) {
        const OpContext ctx(clock, stop);
        do {
          Tell(health_.Look(ctx));
        } while (ctx.SleepFor(interval).ok());
      }) {}

void HealthWatch::Tell(const std::vector<Finding>& findings) {
  // A backend is as ill, and as slow, as its worst source.
  std::map<metrics::Backend, Finding> worst;
  for (const Finding& finding : findings) {
    Finding& of_backend = worst.try_emplace(BackendOf(finding), finding).first->second;
    of_backend.ok = of_backend.ok && finding.ok;
    of_backend.took = std::max(of_backend.took, finding.took);
  }
  for (const auto& [backend, finding] : worst) {
    probe_.Looked(backend, !finding.ok, std::chrono::duration<double>(finding.took).count());
  }
}

}  // namespace pgattic::api
