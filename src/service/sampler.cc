#include "service/sampler.h"

#include <algorithm>

#include "base/log.h"

namespace pgattic::service {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kKeepAtLeast = std::chrono::days(30);

/// Twice the longest soak: the last one can still be told of.
seconds KeepFor(const archive::SourceOptions& options) {
  seconds longest{0};
  for (const archive::RolloutStage& stage : options.rollout) {
    longest = std::max(longest, stage.soak);
  }
  return std::max(kKeepAtLeast, 2 * longest);
}

/// The multiple of `every` that `now` lies in.
WallTime SlotOf(WallTime now, seconds every) {
  const auto since = std::chrono::floor<seconds>(now.time_since_epoch());
  return WallTime(since - since % every);
}

}  // namespace

Status Sampler::SampleOne(const OpContext& ctx, pg::Connection& session,
                          const SampledSource& source, WallTime at) {
  catalog::HealthSums sample = source.tally.Take();
  const catalog::HealthSums canary = canary_(ctx, source.table.id.Name());
  sample.seconds = limits_.sample_every.count();
  sample.canaries = canary.canaries;
  sample.ill = canary.ill;
  return catalog::RolloutJournal(session).AddSample(ctx, source.table.id, at, sample,
                                                    KeepFor(source.options));
}

Status Sampler::Sample(const OpContext& ctx) {
  PGATTIC_ASSIGN_OR_RETURN(const pg::Pool::Lease session, pool_.Acquire(ctx));
  const WallTime at = SlotOf(ctx.clock().WallNow(), limits_.sample_every);
  metrics::RolloutSums sums;
  for (const SampledSource& source : sources_) {
    if (!source.options.rollout.empty()) {
      PGATTIC_RETURN_IF_ERROR(SampleOne(ctx, *session, source, at));
    }
    PGATTIC_ASSIGN_OR_RETURN(
        const archive::RolloutState state,
        archive::LookAtRollout({ctx, *session, source.table, source.options, limits_}));
    sums.behind += state.behind;
    sums.held += state.record.held_since ? 1 : 0;
    if (state.stages == 0) continue;
    const std::int64_t stage = std::min(state.record.stage, state.stages);
    sums.stage = sums.stage == 0 ? stage : std::min(sums.stage, stage);
    sums.stages_left += state.stages - stage;
  }
  probe_.Rollout(sums);
  return Status::Ok();
}

void Sampler::Run(const OpContext& ctx) {
  while (ctx.Check().ok()) {
    const Status sampled = Sample(ctx.WithDeadline(limits_.sample_every));
    if (!sampled.ok() && ctx.Check().ok()) {
      log::Write(log::Level::kWarn, "sample-failed", {{"error", sampled.ToString()}});
    }
    const WallTime now = ctx.clock().WallNow();
    const WallTime next = SlotOf(now, limits_.sample_every) + limits_.sample_every;
    ctx.clock().SleepFor(std::chrono::ceil<milliseconds>(next - now), ctx.stop());
  }
}

}  // namespace pgattic::service
