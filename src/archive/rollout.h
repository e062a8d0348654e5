// The staged roll-out: how old a partition has to be, and when the next stage may begin.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "archive/run_context.h"
#include "catalog/rollout_journal.h"

namespace pgattic::archive {

/// What reading has to be like throughout a soak. A plain value.
struct RolloutLimits {
  double max_error_rate = 0.001;  ///< Of ids that were asked for.
  double max_slow_rate = 0.01;    ///< The same; what is slow is said where samples are taken.
  double max_ill_rate = 0.001;    ///< Of archived rows read to see whether they can be.
  double min_watched = 0.9;       ///< Of the soak; what nobody watched proves nothing.
  std::chrono::seconds sample_every{300};
  std::chrono::milliseconds slow{1'000};  ///< An answer that takes longer counts as slow.
};

/// Returns the retention that holds at the stage of `record`; that of the source where it has no
/// roll-out. A stage beyond the last is the last. Pure.
int RetentionMonths(const SourceOptions& options, const catalog::RolloutRecord& record);

/// The instant before which a partition must have ended to be `months` old at `now`, in
/// microseconds. Pure.
std::int64_t Cutoff(WallTime now, int months);

/// How many partitions end before `cutoff`, hold rows and are not archived, refused ones too. Pure.
std::int64_t CountBehind(const model::SourceId& source, std::int64_t cutoff,
                         const std::vector<catalog::Partition>& partitions,
                         const std::vector<catalog::ArchiveRecord>& records);

/// Whether a stage may end. A plain value.
struct StageVerdict {
  bool may_promote = false;
  std::string why;  ///< Why not; or what was seen.
};

/// Judges a stage at `now` by what was seen since the soak began. Pure.
StageVerdict Judge(const RolloutStage& stage, const catalog::RolloutRecord& record,
                   const catalog::HealthSums& seen, std::int64_t behind,
                   const RolloutLimits& limits, WallTime now);

/// Where a source stands. A plain value.
struct RolloutState {
  catalog::RolloutRecord record;
  int stages = 0;  ///< 0: it has no roll-out.
  int months = 0;  ///< The retention that holds.
  std::int64_t behind = 0;
  catalog::HealthSums seen;  ///< In the last soak's length of this stage.
  StageVerdict verdict;      ///< Of this stage; of the last: it stays.
};

/// What a roll-out is looked at with. References outlive the call.
struct RolloutContext {
  const OpContext& ctx;
  pg::Connection& connection;
  const catalog::SourceTable& source;
  const SourceOptions& options;
  const RolloutLimits& limits;
};

/// Looks and changes nothing.
Result<RolloutState> LookAtRollout(const RolloutContext& rollout);
/// Begins the roll-out where it has not begun; promotes it when the soak is over and all was
/// well. Returns where it stands then. A held one is left alone. Safe for any number of processes
/// at once, and to be killed.
Result<RolloutState> AdvanceRollout(const RolloutContext& rollout);

/// By hand. Each is an event of the log; FailedPrecondition when there is nothing to do, and
/// says so. While a source is held, no step of any of its archives is taken.
Status Hold(const RolloutContext& rollout, const std::string& why);
Status Resume(const RolloutContext& rollout);
/// To the next stage at once, whatever was seen.
Status Promote(const RolloutContext& rollout, const std::string& why);

}  // namespace pgattic::archive
