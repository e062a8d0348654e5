#include "catalog/schedule_journal.h"

#include <array>
#include <utility>

#include "base/failpoint.h"
#include "catalog/wall_time.h"

namespace pgattic::catalog {
namespace {

constexpr std::array<std::pair<RunState, const char*>, 5> kNames{{{RunState::kRunning, "running"},
                                                                  {RunState::kDone, "done"},
                                                                  {RunState::kDeferred, "deferred"},
                                                                  {RunState::kFailed, "failed"},
                                                                  {RunState::kStopped, "stopped"}}};

WallTime InstantOf(const pg::QueryResult& rows, int row, int column) {
  return WallTime(std::chrono::microseconds(rows.Int(row, column)));
}

ScheduledRun ReadRun(const pg::QueryResult& rows) {
  ScheduledRun run;
  run.id = rows.Int(0, 0);
  run.due = InstantOf(rows, 0, 1);
  for (const auto& [state, name] : kNames) {
    if (rows.Text(0, 2) == name) run.state = state;
  }
  run.attempt = static_cast<int>(rows.Int(0, 3));
  run.revision = rows.Int(0, 4);
  run.started = InstantOf(rows, 0, 5);
  if (!rows.IsNull(0, 6)) run.ended = InstantOf(rows, 0, 6);
  run.who = rows.Text(0, 7);
  run.detail = rows.Text(0, 8);
  return run;
}

constexpr const char* kLockKey =
    "hashtext('pgattic.scheduled_run'), hashtext(current_database() || ':' || $1)";

}  // namespace

std::string RunStateName(RunState state) {
  return kNames.at(static_cast<std::size_t>(state)).second;
}

Result<std::optional<ScheduledRun>> ScheduleJournal::Find(const OpContext& ctx,
                                                          const std::string& condition,
                                                          const pg::Params& params) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection_.Exec(ctx,
                       "SELECT id, " + SqlMicros("due_at") + ", state, attempt, revision, " +
                           SqlMicros("started_at") + ", " + SqlMicros("ended_at") +
                           ", who, detail FROM pgattic.scheduled_run WHERE database_name = "
                           "current_database() AND " +
                           condition + " ORDER BY due_at DESC LIMIT 1",
                       params));
  if (rows.empty()) return std::optional<ScheduledRun>();
  return std::optional(ReadRun(rows));
}

Result<std::optional<ScheduledRun>> ScheduleJournal::Last(const OpContext& ctx) {
  return Find(ctx, "job = $1", {job_});
}

Result<std::optional<ScheduledRun>> ScheduleJournal::LastDone(const OpContext& ctx) {
  return Find(ctx, "job = $1 AND state = 'done' AND attempt > 0", {job_});
}

Status ScheduleJournal::Begin(const OpContext& ctx, WallTime now) {
  return connection_
      .Exec(ctx,
            "INSERT INTO pgattic.scheduled_run (database_name, job, due_at, state, attempt, "
            "revision, started_at, ended_at, detail) SELECT current_database(), $1, t.at, 'done', "
            "0, 1, t.at, t.at, 'the schedule begins' FROM (SELECT " +
                SqlInstant(2) +
                ") AS t(at) WHERE NOT EXISTS (SELECT FROM pgattic.scheduled_run r WHERE "
                "r.database_name = current_database() AND r.job = $1) ON CONFLICT DO NOTHING",
            {job_, InstantParam(now)})
      .status();
}

Result<bool> ScheduleJournal::TryLead(const OpContext& ctx) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection_.Exec(ctx, std::string("SELECT pg_try_advisory_lock(") + kLockKey + ")", {job_}));
  return row.Bool(0, 0);
}

Status ScheduleJournal::StopLeading(const OpContext& ctx) {
  return connection_.Exec(ctx, std::string("SELECT pg_advisory_unlock(") + kLockKey + ")", {job_})
      .status();
}

Result<std::optional<ScheduledRun>> ScheduleJournal::Claim(const OpContext& ctx, WallTime due,
                                                           WallTime now, const std::string& who) {
  PGATTIC_FAILPOINT("schedule.before_claim");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(ctx, connection_));
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult made,
      connection_.Exec(ctx,
                       "INSERT INTO pgattic.scheduled_run (database_name, job, due_at, state, "
                       "attempt, revision, started_at, who) VALUES (current_database(), $1, " +
                           SqlInstant(2) + ", 'running', 1, 1, " + SqlInstant(3) +
                           ", $4) ON CONFLICT DO NOTHING RETURNING id",
                       {job_, InstantParam(due), InstantParam(now), who}));
  if (made.empty()) return std::optional<ScheduledRun>();
  PGATTIC_RETURN_IF_ERROR(
      connection_
          .Exec(ctx,
                "UPDATE pgattic.scheduled_run SET state = 'failed', revision = revision + 1, "
                "ended_at = " +
                    SqlInstant(3) +
                    ", detail = 'its process ended without a word' WHERE database_name = "
                    "current_database() AND job = $1 AND state = 'running' AND due_at < " +
                    SqlInstant(2),
                {job_, InstantParam(due), InstantParam(now)})
          .status());
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(ctx));
  PGATTIC_FAILPOINT("schedule.after_claim");
  return Find(ctx, "id = $1", {made.Text(0, 0)});
}

Result<std::optional<ScheduledRun>> ScheduleJournal::TakeOver(const OpContext& ctx,
                                                              const ScheduledRun& former,
                                                              WallTime now,
                                                              const std::string& who) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult taken,
      connection_.Exec(
          ctx,
          "UPDATE pgattic.scheduled_run SET state = 'running', attempt = attempt + "
          "1, revision = revision + 1, started_at = " +
              SqlInstant(3) +
              ", ended_at = NULL, who = $4, detail = '' WHERE id = $1 AND revision = "
              "$2",
          {std::to_string(former.id), std::to_string(former.revision), InstantParam(now), who}));
  if (taken.affected() != 1) return std::optional<ScheduledRun>();
  return Find(ctx, "id = $1", {std::to_string(former.id)});
}

Status ScheduleJournal::Finish(const OpContext& ctx, const ScheduledRun& run, RunState state,
                               const std::string& detail, WallTime now) {
  PGATTIC_FAILPOINT("schedule.before_finish");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(ctx, connection_));
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult ended,
      connection_.Exec(ctx,
                       "UPDATE pgattic.scheduled_run SET state = $3, revision = revision + 1, "
                       "ended_at = " +
                           SqlInstant(4) + ", detail = $5 WHERE id = $1 AND revision = $2",
                       {std::to_string(run.id), std::to_string(run.revision), RunStateName(state),
                        InstantParam(now), detail}));
  if (ended.affected() != 1) {
    return {Code::kConflict, "another process took this scheduled run over meanwhile"};
  }
  PGATTIC_RETURN_IF_ERROR(
      connection_
          .Exec(ctx,
                "DELETE FROM pgattic.scheduled_run WHERE database_name = current_database() AND "
                "job = $1 AND due_at < " +
                    SqlInstant(2) + " - interval '2 years'",
                {job_, InstantParam(run.due)})
          .status());
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(ctx));
  PGATTIC_FAILPOINT("schedule.after_finish");
  return Status::Ok();
}

}  // namespace pgattic::catalog
