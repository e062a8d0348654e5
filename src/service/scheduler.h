// Scheduler: runs a job when its calendar says so, once among any number of replicas.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/op_context.h"
#include "base/result.h"
#include "catalog/schedule_journal.h"
#include "metrics/schedule_probe.h"
#include "pg/connection.h"
#include "service/cron.h"
#include "service/window.h"
#include "service/zone.h"

namespace pgattic::service {

/// When the job runs. A plain value.
struct SchedulerOptions {
  std::string job = "archive";  ///< Its name in the journal.
  Cron cron;
  Window window;                             ///< It begins inside, and is gone on with inside.
  std::string time_zone = "UTC";             ///< Of both; a name that PostgreSQL knows.
  std::chrono::milliseconds jitter{0};       ///< Begun so much later at the most.
  std::chrono::milliseconds retry{900'000};  ///< After a failure; doubled each time. 0: never.
  /// Longest time between two looks: clocks are set, replicas die.
  std::chrono::milliseconds look_every{300'000};
  std::string who;  ///< Names this process in the journal, and is its share of the jitter.
};

/// How a run of the job ended. A plain value.
struct JobEnd {
  catalog::RunState state = catalog::RunState::kDone;
  std::string detail;
};
/// Blocks for as long as the work takes; returns at the next safe point when stopped.
using Job = std::function<JobEnd(const OpContext& ctx)>;

/// One job's calendar. Every run that is due has a row in the journal, which one process claims
/// by compare-and-set. Runs that were missed are made up for by one, at once. A run whose process
/// died, or was stopped, is taken over; one that failed is tried again. Nothing depends on the
/// claim: archives have their own compare-and-set. Not thread-safe.
class Scheduler {
 public:
  /// `probe` may be null.
  Scheduler(SchedulerOptions options, pg::ConnectOptions connect, Job job,
            metrics::ScheduleProbe* probe = nullptr)
      : options_(std::move(options)),
        connect_(std::move(connect)),
        job_(std::move(job)),
        probe_(probe) {}

  /// Looks once, and runs the job when it is due. Returns when to look again. InvalidArgument for
  /// a zone that PostgreSQL does not know; else errors of PostgreSQL, after which it may be called
  /// again.
  Result<WallTime> Look(const OpContext& ctx);
  /// Looks until `ctx` is stopped. Failures are logged, and looked past.
  void Run(const OpContext& ctx);

 private:
  /// What is to be done next, and not before when.
  struct Plan {
    WallTime at;
    WallTime due;                                 ///< Of the run that begins at `at`.
    std::optional<catalog::ScheduledRun> former;  ///< Gone on with; nullopt: a new one.
  };
  Status Connect(const OpContext& ctx);
  Status RefreshZone(const OpContext& ctx);
  Plan MakePlan(const catalog::ScheduledRun& last, WallTime now) const;
  WallTime Jittered(WallTime due) const;
  Result<WallTime> LookNow(const OpContext& ctx);
  /// Over the session of this moment, which Connect() may replace: not to be kept past that.
  catalog::ScheduleJournal Journal();
  Result<WallTime> Lead(const OpContext& ctx, const Plan& plan);
  Status RunJob(const OpContext& ctx, const catalog::ScheduledRun& run);

  const SchedulerOptions options_;
  const pg::ConnectOptions connect_;
  const Job job_;
  metrics::ScheduleProbe* const probe_;
  std::unique_ptr<pg::Connection> connection_;
  std::optional<Zone> zone_;
  WallTime zone_until_;
};

}  // namespace pgattic::service
