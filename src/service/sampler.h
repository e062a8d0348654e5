// Sampler: notes in the journal, now and then, how reading went, and looks at the roll-outs.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "archive/rollout.h"
#include "base/op_context.h"
#include "base/result.h"
#include "catalog/source_table.h"
#include "metrics/schedule_probe.h"
#include "pg/pool.h"
#include "service/watched_reader.h"

namespace pgattic::service {

/// One source as the sampler sees it. References outlive the sampler.
struct SampledSource {
  const archive::SourceOptions& options;
  const catalog::SourceTable& table;
  ReadTally& tally;
};

/// Tells of each source how often its canary was read and how often that failed.
using Canary = std::function<catalog::HealthSums(const OpContext& ctx, const std::string& source)>;

/// Every replica adds what it saw to the same samples; a time that any of them watched counts as
/// watched. Not thread-safe. What it is given outlives it.
class Sampler {
 public:
  Sampler(pg::Pool& pool, std::vector<SampledSource> sources, archive::RolloutLimits limits,
          Canary canary, metrics::ScheduleProbe& probe)
      : pool_(pool),
        sources_(std::move(sources)),
        limits_(limits),
        canary_(std::move(canary)),
        probe_(probe) {}

  /// Adds a sample of every source with a roll-out, and refreshes the metrics. What could not be
  /// noted is lost: a time that nobody watched.
  Status Sample(const OpContext& ctx);
  /// Does so at every multiple of limits.sample_every, until `ctx` is stopped. Failures are logged.
  void Run(const OpContext& ctx);

 private:
  Status SampleOne(const OpContext& ctx, pg::Connection& session, const SampledSource& source,
                   WallTime at);

  pg::Pool& pool_;
  const std::vector<SampledSource> sources_;
  const archive::RolloutLimits limits_;
  const Canary canary_;
  metrics::ScheduleProbe& probe_;
};

}  // namespace pgattic::service
