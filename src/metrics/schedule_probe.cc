#include "metrics/schedule_probe.h"

namespace pgattic::metrics {
namespace {

double Seconds(WallTime at) { return std::chrono::duration<double>(at.time_since_epoch()).count(); }

}  // namespace

ScheduleProbe::ScheduleProbe(Registry& registry)
    : last_done_(registry.AddGauge({"pgattic_schedule_last_done_timestamp_seconds",
                                    "When a scheduled run was last done, by any replica."},
                                   {})),
      next_(registry.AddGauge(
          {"pgattic_schedule_next_timestamp_seconds", "When the next scheduled run begins."}, {})),
      ended_(registry, {"pgattic_schedule_runs_total", "Scheduled runs of this replica, ended."},
             {}),
      behind_(registry.AddGauge({"pgattic_schedule_archives_behind",
                                 "Partitions that are old enough, hold rows and are not archived."},
                                {})),
      held_(registry.AddGauge({"pgattic_rollout_held_sources", "Sources that are held."}, {})),
      stage_(registry.AddGauge(
          {"pgattic_rollout_stage", "Lowest stage of all sources, 0 without a roll-out."}, {})),
      stages_left_(registry.AddGauge(
          {"pgattic_rollout_stages_left", "Stages that are still to come, of all sources."}, {})) {}

void ScheduleProbe::LastDone(WallTime at) { last_done_.Set(Seconds(at)); }
void ScheduleProbe::Next(WallTime at) { next_.Set(Seconds(at)); }
void ScheduleProbe::Ended(RunState state) { ended_.At(state).Add(); }

void ScheduleProbe::Rollout(const RolloutSums& sums) {
  behind_.Set(static_cast<double>(sums.behind));
  held_.Set(static_cast<double>(sums.held));
  stage_.Set(static_cast<double>(sums.stage));
  stages_left_.Set(static_cast<double>(sums.stages_left));
}

}  // namespace pgattic::metrics
