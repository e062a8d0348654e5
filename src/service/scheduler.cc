#include "service/scheduler.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/log.h"
#include "model/bounds.h"
#include "service/work_hours.h"

namespace pgattic::service {
namespace {

using catalog::RunState;
using catalog::ScheduledRun;
using catalog::ScheduleJournal;
using std::chrono::milliseconds;

constexpr milliseconds kPollOther{30'000};
constexpr milliseconds kLongestRetry = std::chrono::hours(6);
constexpr milliseconds kPatienceAtTheEnd{5'000};
constexpr std::chrono::days kZoneGoodFor{60};

std::string Words(WallTime at) { return model::FormatInstant(at.time_since_epoch().count()); }

milliseconds RetryPause(milliseconds first, int attempt) {
  milliseconds pause = first;
  for (int i = 1; i < attempt && pause < kLongestRetry; ++i) pause *= 2;
  return std::min(pause, std::max(first, kLongestRetry));
}

}  // namespace

Status Scheduler::Connect(const OpContext& ctx) {
  if (connection_ && connection_->StillOpen()) return Status::Ok();
  connection_.reset();
  PGATTIC_ASSIGN_OR_RETURN(connection_, pg::Connection::Open(ctx, connect_));
  return Status::Ok();
}

Status Scheduler::RefreshZone(const OpContext& ctx) {
  const WallTime now = ctx.clock().WallNow();
  if (zone_ && now < zone_until_) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(zone_, LoadZone(ctx, *connection_, options_.time_zone));
  zone_until_ = now + kZoneGoodFor;
  return Status::Ok();
}

/// The same for this process and this run whenever it is asked; another one's differs.
WallTime Scheduler::Jittered(WallTime due) const {
  if (options_.jitter.count() <= 0) return due;
  const std::size_t mix = std::hash<std::string>()(options_.who + Words(due));
  return due + milliseconds(static_cast<std::int64_t>(
                   mix % static_cast<std::size_t>(options_.jitter.count())));
}

Scheduler::Plan Scheduler::MakePlan(const ScheduledRun& last, WallTime now) const {
  Plan plan{now, last.due, last};
  const std::optional<WallTime> due = options_.cron.Last(*zone_, last.due, now);
  const bool is_interrupted = last.state == RunState::kRunning || last.state == RunState::kStopped;
  const bool is_to_be_repeated = last.state == RunState::kFailed && options_.retry.count() > 0;
  if (due) {
    plan.due = *due;
    plan.former.reset();
    plan.at = std::max(now, Jittered(*due));
  } else if (is_to_be_repeated) {
    const WallTime ended = last.ended.value_or(last.started);
    plan.at = std::max(now, ended + RetryPause(options_.retry, last.attempt));
  } else if (!is_interrupted) {
    plan.due = options_.cron.After(*zone_, now).value_or(now + std::chrono::days(366));
    plan.former.reset();
    plan.at = Jittered(plan.due);
  }
  plan.at = options_.window.NextOpening(*zone_, plan.at);
  return plan;
}

ScheduleJournal Scheduler::Journal() { return {*connection_, options_.job}; }

Result<WallTime> Scheduler::LookNow(const OpContext& ctx) {
  PGATTIC_RETURN_IF_ERROR(Connect(ctx));
  PGATTIC_RETURN_IF_ERROR(RefreshZone(ctx));
  ScheduleJournal journal = Journal();
  const WallTime now = ctx.clock().WallNow();
  PGATTIC_RETURN_IF_ERROR(journal.Begin(ctx, now));
  PGATTIC_ASSIGN_OR_RETURN(const std::optional<ScheduledRun> last, journal.Last(ctx));
  if (!last) return Status(Code::kInternal, "a scheduled run vanished after its insert");
  PGATTIC_ASSIGN_OR_RETURN(const std::optional<ScheduledRun> done, journal.LastDone(ctx));
  if (done && probe_ != nullptr) probe_->LastDone(done->ended.value_or(done->started));
  const Plan plan = MakePlan(*last, now);
  if (probe_ != nullptr) probe_->Next(plan.at);
  return plan.at <= now ? Lead(ctx, plan) : plan.at;
}

Result<WallTime> Scheduler::Lead(const OpContext& ctx, const Plan& plan) {
  const WallTime now = ctx.clock().WallNow();
  ScheduleJournal journal = Journal();
  PGATTIC_ASSIGN_OR_RETURN(const bool leads, journal.TryLead(ctx));
  if (!leads) return now + kPollOther;
  PGATTIC_ASSIGN_OR_RETURN(const std::optional<ScheduledRun> run,
                           plan.former ? journal.TakeOver(ctx, *plan.former, now, options_.who)
                                       : journal.Claim(ctx, plan.due, now, options_.who));
  if (run) {
    log::Write(log::Level::kInfo, "scheduled-run",
               {{"job", options_.job},
                {"due", Words(run->due)},
                {"attempt", std::to_string(run->attempt)}});
    PGATTIC_RETURN_IF_ERROR(RunJob(ctx, *run));
  }
  // Over the session of now: that of before may have been lost in the run, and its lock with it.
  PGATTIC_RETURN_IF_ERROR(Journal().StopLeading(ctx));
  // What is next depends on how it ended.
  return ctx.clock().WallNow();
}

Status Scheduler::RunJob(const OpContext& ctx, const ScheduledRun& run) {
  JobEnd end = job_(ctx);
  const WallTime now = ctx.clock().WallNow();
  const bool is_cut_short = !ctx.Check().ok() || !options_.window.IsOpen(*zone_, now);
  if (end.state != RunState::kDone && is_cut_short) end.state = RunState::kStopped;
  if (probe_ != nullptr) probe_->Ended(static_cast<metrics::RunState>(end.state));
  log::Write(log::Level::kInfo, "scheduled-run-ended",
             {{"job", options_.job},
              {"due", Words(run.due)},
              {"state", catalog::RunStateName(end.state)},
              {"detail", end.detail}});
  // Recorded although this process is told to end.
  const OpContext farewell =
      OpContext(ctx.clock(), std::stop_token()).WithDeadline(kPatienceAtTheEnd);
  PGATTIC_RETURN_IF_ERROR(Connect(farewell));
  return Journal().Finish(farewell, run, end.state, end.detail, now);
}

Result<WallTime> Scheduler::Look(const OpContext& ctx) {
  Result<WallTime> next = LookNow(ctx);
  // A session that failed may still hold the lock of the job.
  if (!next.ok()) connection_.reset();
  return next;
}

void Scheduler::Run(const OpContext& ctx) {
  while (ctx.Check().ok()) {
    const Result<WallTime> next = Look(ctx);
    milliseconds pause = kPollOther;
    if (next.ok()) {
      const auto until = *next - ctx.clock().WallNow();
      pause =
          std::clamp(std::chrono::ceil<milliseconds>(until), milliseconds(0), options_.look_every);
    } else if (ctx.Check().ok()) {
      log::Write(log::Level::kWarn, "schedule-look-failed",
                 {{"job", options_.job}, {"error", next.status().ToString()}});
    }
    if (pause.count() > 0) ctx.clock().SleepFor(pause, ctx.stop());
  }
}

}  // namespace pgattic::service
