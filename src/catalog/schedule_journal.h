// ScheduleJournal: which scheduled runs were due, who took them, and how they ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/op_context.h"
#include "base/result.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// kStopped: broken off at a safe point, to be gone on with. kFailed: to be tried again.
enum class RunState { kRunning, kDone, kDeferred, kFailed, kStopped };

/// One row of pgattic.scheduled_run. A plain value.
struct ScheduledRun {
  std::int64_t id = 0;
  WallTime due;
  RunState state = RunState::kDone;
  int attempt = 0;
  std::int64_t revision = 0;
  WallTime started;
  std::optional<WallTime> ended;
  std::string who;
  std::string detail;
};

/// Returns "running", "done", "deferred", "failed" or "stopped".
std::string RunStateName(RunState state);

/// The runs of one job ("archive"), of this database. Any number of processes may use it: a run
/// is claimed by compare-and-set, and a session lock tells whether who claimed it is still
/// there. All times are the caller's clock's. Not thread-safe: one connection.
class ScheduleJournal {
 public:
  ScheduleJournal(pg::Connection& connection, std::string job)
      : connection_(connection), job_(std::move(job)) {}

  /// Returns the run that was due last; nullopt when there never was one.
  Result<std::optional<ScheduledRun>> Last(const OpContext& ctx);
  /// Returns the last run that was done; nullopt when none was.
  Result<std::optional<ScheduledRun>> LastDone(const OpContext& ctx);
  /// Notes that the schedule begins at `now`, unless it began before: nothing that was due
  /// earlier is made up for.
  Status Begin(const OpContext& ctx, WallTime now);

  /// Takes the session lock of the job. False: another process has it.
  Result<bool> TryLead(const OpContext& ctx);
  Status StopLeading(const OpContext& ctx);

  /// Takes the run that is due at `due`, as a new row. Runs before it that nobody ended are
  /// closed as failed. Nullopt when another process was first.
  Result<std::optional<ScheduledRun>> Claim(const OpContext& ctx, WallTime due, WallTime now,
                                            const std::string& who);
  /// Takes `former`, one attempt more. Nullopt when another process was first.
  Result<std::optional<ScheduledRun>> TakeOver(const OpContext& ctx, const ScheduledRun& former,
                                               WallTime now, const std::string& who);
  /// Records how the run ended. Conflict when another process took it over meanwhile. Forgets
  /// runs that were due more than two years ago.
  Status Finish(const OpContext& ctx, const ScheduledRun& run, RunState state,
                const std::string& detail, WallTime now);

 private:
  Result<std::optional<ScheduledRun>> Find(const OpContext& ctx, const std::string& condition,
                                           const pg::Params& params);
  pg::Connection& connection_;
  const std::string job_;
};

}  // namespace pgattic::catalog
