// What the page shows, as JSON; and what of it metrics tell.
#pragma once

#include <string>
#include <vector>

#include "api/health.h"
#include "api/overview.h"
#include "api/tier_latency.h"
#include "metrics/journal_probe.h"

namespace pgattic::api {

/// {"at", "database_bytes", "sources", "months", "backends", "latency"}
std::string ToJson(const Picture& picture, const std::vector<std::string>& sources,
                   const std::vector<Finding>& findings, const std::vector<TierQuantiles>& latency);

/// Sets the gauges to what was found.
void Tell(const Picture& picture, metrics::JournalProbe& probe);

}  // namespace pgattic::api
