// The calendar of any number of replicas, on a real server, under a clock of the test's.
#include "service/scheduler.h"

#include <set>

#include "service/journal_fixture.h"

namespace pgattic::service {
namespace {

using catalog::RunState;
using std::chrono::hours;
using std::chrono::minutes;

class SchedulerTest : public JournalFixture {
 protected:
  /// A replica whose runs are noted in runs_ and end as ends_with_ says.
  std::unique_ptr<Scheduler> Replica(const std::string& who, const std::string& calendar,
                                     const std::string& window = "always") {
    return std::make_unique<Scheduler>(SchedulerOptions{.cron = *Cron::Parse(calendar),
                                                        .window = *Window::Parse(window),
                                                        .time_zone = zone_,
                                                        .jitter = jitter_,
                                                        .who = who},
                                       connect_, [this, who](const OpContext& ctx) {
                                         runs_.push_back(who + " " + Text(ctx.clock().WallNow()));
                                         if (during_) during_();
                                         return JobEnd{ends_with_, "as told"};
                                       });
  }
  /// Lets the replicas look whenever one of them has to, until the clock is there.
  void Until(const std::string& end, const std::vector<Scheduler*>& replicas) {
    while (clock_.WallNow() < At(end)) {
      WallTime next = At(end);
      for (Scheduler* replica : replicas) {
        const Result<WallTime> wanted = replica->Look(ctx());
        ASSERT_TRUE(wanted.ok()) << wanted.status().ToString();
        next = std::min(next, *wanted);
      }
      clock_.Advance(std::max(next - clock_.WallNow(), std::chrono::microseconds(0)));
    }
  }
  /// A session that was closed a moment ago may hold its locks still.
  void AwaitNoLocks() {
    const OpContext limit = OpContext().WithDeadline(std::chrono::minutes(1));
    while (One("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") != "0") {
      ASSERT_TRUE(limit.SleepFor(std::chrono::milliseconds(2)).ok());
    }
  }
  std::string States() {
    return One(
        "SELECT string_agg(to_char(due_at, 'MM-DD HH24:MI') || ' ' || state || ' ' || attempt, "
        "', ' ORDER BY due_at) FROM pgattic.scheduled_run WHERE attempt > 0");
  }

  std::string zone_ = "UTC";
  std::chrono::milliseconds jitter_{0};
  RunState ends_with_ = RunState::kDone;
  std::function<void()> during_;
  std::vector<std::string> runs_;
};

TEST_F(SchedulerTest, RunsWhenTheCalendarSaysAndNotBefore) {
  const auto a = Replica("a", "30 3 * * *");
  Until("2024-01-04T00:00:00Z", {a.get()});
  EXPECT_EQ(runs_, (std::vector<std::string>{"a 2024-01-02T03:30:00Z", "a 2024-01-03T03:30:00Z"}));
  EXPECT_EQ(States(), "01-02 03:30 done 1, 01-03 03:30 done 1");
}

TEST_F(SchedulerTest, OneOfManyReplicasRuns) {
  const auto a = Replica("a", "30 3 * * *");
  const auto b = Replica("b", "30 3 * * *");
  const auto c = Replica("c", "30 3 * * *");
  Until("2024-03-01T00:00:00Z", {c.get(), a.get(), b.get()});
  EXPECT_EQ(runs_.size(), 59U);  // 30 days of January, 29 of February.
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.scheduled_run WHERE state = 'done' AND attempt = 1"),
            "59");
}

TEST_F(SchedulerTest, WhileOneRunsTheOthersWait) {
  const auto a = Replica("a", "30 3 * * *");
  const auto b = Replica("b", "30 3 * * *");
  during_ = [&] {
    during_ = nullptr;
    const WallTime now = clock_.WallNow();
    const Result<WallTime> next = b->Look(ctx());
    ASSERT_TRUE(next.ok()) << next.status().ToString();
    EXPECT_EQ(*next, now + std::chrono::seconds(30));
    // Even when the next run is due already.
    clock_.Advance(hours(30));
    ASSERT_TRUE(b->Look(ctx()).ok());
  };
  Until("2024-01-03T00:00:00Z", {a.get(), b.get()});
  EXPECT_EQ(runs_, (std::vector<std::string>{"a 2024-01-02T03:30:00Z", "b 2024-01-03T09:30:00Z"}));
}

TEST_F(SchedulerTest, MissedRunsAreMadeUpForByOne) {
  const auto a = Replica("a", "30 3 * * *");
  Until("2024-01-03T00:00:00Z", {a.get()});
  clock_.Advance(hours(24 * 10));
  Until("2024-01-14T00:00:00Z", {a.get()});
  EXPECT_EQ(runs_, (std::vector<std::string>{"a 2024-01-02T03:30:00Z", "a 2024-01-13T00:00:00Z",
                                             "a 2024-01-13T03:30:00Z"}));
  EXPECT_EQ(States(), "01-02 03:30 done 1, 01-12 03:30 done 1, 01-13 03:30 done 1");
}

TEST_F(SchedulerTest, NothingIsMadeUpForBeforeTheScheduleBegan) {
  const auto a = Replica("a", "30 3 * * *");
  ASSERT_TRUE(a->Look(ctx()).ok());
  EXPECT_TRUE(runs_.empty());
}

TEST_F(SchedulerTest, AFailedRunIsTriedAgainLaterAndLater) {
  const auto a = Replica("a", "0 0 * * *");
  ends_with_ = RunState::kFailed;
  Until("2024-01-02T02:00:00Z", {a.get()});
  EXPECT_EQ(runs_, (std::vector<std::string>{"a 2024-01-02T00:00:00Z", "a 2024-01-02T00:15:00Z",
                                             "a 2024-01-02T00:45:00Z", "a 2024-01-02T01:45:00Z"}));
  ends_with_ = RunState::kDone;
  Until("2024-01-02T23:00:00Z", {a.get()});
  EXPECT_EQ(States(), "01-02 00:00 done 5");
}

TEST_F(SchedulerTest, ADeferredRunWaitsForTheNextDay) {
  const auto a = Replica("a", "0 0 * * *");
  ends_with_ = RunState::kDeferred;
  Until("2024-01-03T12:00:00Z", {a.get()});
  EXPECT_EQ(States(), "01-02 00:00 deferred 1, 01-03 00:00 deferred 1");
}

TEST_F(SchedulerTest, ARunWhoseProcessDiedIsTakenOver) {
  catalog::ScheduleJournal journal(*session_, "archive");
  ASSERT_TRUE(journal.Begin(ctx(), clock_.WallNow()).ok());
  const WallTime due = At("2024-01-02T03:30:00Z");
  ASSERT_TRUE(*journal.TryLead(ctx()));
  const auto dead = journal.Claim(ctx(), due, due, "dead");
  ASSERT_TRUE(dead.ok() && *dead);
  clock_.Advance(due - clock_.WallNow());
  const auto b = Replica("b", "30 3 * * *");
  ASSERT_TRUE(b->Look(ctx()).ok());
  EXPECT_TRUE(runs_.empty()) << "its process still lives";
  session_.reset();
  clock_.Advance(std::chrono::seconds(30));
  session_ = Open(connect_.conninfo);
  AwaitNoLocks();
  Until("2024-01-02T03:31:00Z", {b.get()});
  EXPECT_EQ(States(), "01-02 03:30 done 2");
  // The dead one, come back, changes nothing.
  EXPECT_EQ(catalog::ScheduleJournal(*session_, "archive")
                .Finish(ctx(), **dead, RunState::kFailed, "", clock_.WallNow())
                .code(),
            Code::kConflict);
  EXPECT_EQ(States(), "01-02 03:30 done 2");
}

TEST_F(SchedulerTest, ADeadRunIsClosedWhenTheNextOneIsDue) {
  catalog::ScheduleJournal journal(*session_, "archive");
  ASSERT_TRUE(journal.Begin(ctx(), clock_.WallNow()).ok());
  const WallTime due = At("2024-01-02T03:30:00Z");
  ASSERT_TRUE(*journal.Claim(ctx(), due, due, "dead"));
  clock_.Advance(hours(72));
  const auto b = Replica("b", "30 3 * * *");
  Until("2024-01-05T00:00:00Z", {b.get()});
  EXPECT_EQ(States(), "01-02 03:30 failed 1, 01-04 03:30 done 1");
}

TEST_F(SchedulerTest, AStoppedRunGoesOnElsewhereAtOnce) {
  const auto a = Replica("a", "30 3 * * *");
  Until("2024-01-02T03:30:00Z", {a.get()});
  during_ = [&] { stop_.request_stop(); };
  ends_with_ = RunState::kDeferred;
  static_cast<void>(a->Look(ctx()));
  EXPECT_EQ(States(), "01-02 03:30 stopped 1");
  stop_ = std::stop_source();
  AwaitNoLocks();
  during_ = nullptr;
  ends_with_ = RunState::kDone;
  const auto b = Replica("b", "30 3 * * *");
  Until("2024-01-02T03:31:00Z", {b.get()});
  EXPECT_EQ(States(), "01-02 03:30 done 2");
}

TEST_F(SchedulerTest, ARunThatTheWindowCutsShortGoesOnWhenItOpens) {
  const auto a = Replica("a", "0 1 * * *", "02:00-04:00");
  ends_with_ = RunState::kDeferred;
  during_ = [&] { clock_.Advance(hours(3)); };
  Until("2024-01-02T12:00:00Z", {a.get()});
  EXPECT_EQ(States(), "01-02 01:00 stopped 1");
  during_ = nullptr;
  ends_with_ = RunState::kDone;
  Until("2024-01-03T12:00:00Z", {a.get()});
  EXPECT_EQ(runs_, (std::vector<std::string>{"a 2024-01-02T02:00:00Z", "a 2024-01-03T02:00:00Z"}));
  EXPECT_EQ(States(), "01-02 01:00 stopped 1, 01-03 01:00 done 1");
}

TEST_F(SchedulerTest, JitterIsEachReplicasOwnAndBounded) {
  jitter_ = minutes(60);
  const auto a = Replica("a", "0 3 * * *");
  Until("2024-02-01T00:00:00Z", {a.get()});
  ASSERT_EQ(runs_.size(), 30U);
  std::set<std::string> times;
  for (const std::string& run : runs_) {
    EXPECT_EQ(run.substr(0, 3), "a 2");
    EXPECT_EQ(run.substr(13, 2), "03") << run;
    times.insert(run.substr(13));
  }
  EXPECT_GT(times.size(), 20U);
}

TEST_F(SchedulerTest, FollowsTheClocksOfItsZone) {
  zone_ = "America/New_York";
  clock_.Advance(At("2024-03-08T12:00:00Z") - clock_.WallNow());
  const auto a = Replica("a", "30 2 * * *");
  Until("2024-03-12T00:00:00Z", {a.get()});
  clock_.Advance(At("2024-11-02T12:00:00Z") - clock_.WallNow());
  runs_.push_back("-");
  Until("2024-11-05T00:00:00Z", {a.get()});
  EXPECT_EQ(runs_,
            (std::vector<std::string>{"a 2024-03-09T07:30:00Z", "a 2024-03-10T07:00:00Z",
                                      "a 2024-03-11T06:30:00Z", "-", "a 2024-11-02T12:00:00Z",
                                      "a 2024-11-03T07:30:00Z", "a 2024-11-04T07:30:00Z"}));
}

TEST_F(SchedulerTest, SaysThatAZoneIsUnknown) {
  zone_ = "Europe/Berln";
  const Result<WallTime> next = Replica("a", "30 2 * * *")->Look(ctx());
  ASSERT_TRUE(next.Is(Code::kInvalidArgument));
  EXPECT_NE(next.status().ToString().find("'Europe/Berln'"), std::string::npos);
}

TEST_F(SchedulerTest, GoesOnAfterItsSessionWasLost) {
  const auto a = Replica("a", "30 3 * * *");
  ASSERT_TRUE(a->Look(ctx()).ok());
  during_ = [&] {
    Run(*session_,
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE pid <> "
        "pg_backend_pid() AND "
        "datname = current_database()");
  };
  Until("2024-01-02T12:00:00Z", {a.get()});
  EXPECT_EQ(States(), "01-02 03:30 done 1");
}

TEST_F(SchedulerTest, RunsUntilItIsStopped) {
  const auto a = Replica("a", "30 3 * * *");
  during_ = [&] {
    if (runs_.size() == 3) stop_.request_stop();
  };
  a->Run(ctx());
  EXPECT_EQ(runs_.size(), 3U);
  EXPECT_EQ(States().substr(0, 36), "01-02 03:30 done 1, 01-03 03:30 done");
}

}  // namespace
}  // namespace pgattic::service
