// A pacer before a real server, its standby and its long transactions, under the test's clock.
#include "archive/pacer.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "sandbox/postgres_cluster.h"

namespace pgattic::archive {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A clock whose sleeps do something.
class HookedClock final : public Clock {
 public:
  WallTime WallNow() const override { return inner_.WallNow(); }
  std::chrono::steady_clock::time_point SteadyNow() const override { return inner_.SteadyNow(); }
  void SleepFor(milliseconds duration, const std::stop_token& stop) override {
    ++sleeps_;
    inner_.SleepFor(duration, stop);
    if (on_sleep) on_sleep();
  }
  int sleeps() const { return sleeps_; }
  std::function<void()> on_sleep;

 private:
  ManualClock inner_{WallTime{}};
  int sleeps_ = 0;
};

class PacerTest : public testing::Test {
 protected:
  static sandbox::PostgresCluster& Cluster() {
    static const std::unique_ptr<sandbox::PostgresCluster> cluster = Start({});
    return *cluster;
  }
  static std::unique_ptr<sandbox::PostgresCluster> Start(const sandbox::PostgresOptions& options) {
    auto started = sandbox::PostgresCluster::Start(OpContext(), options);
    PGATTIC_CHECK(started.ok(), started.error().ToString());
    return std::move(*started);
  }
  static std::unique_ptr<pg::Connection> Open(const std::string& url,
                                              const std::string& name = "pgattic") {
    auto opened = pg::Connection::Open(OpContext(), {url, name});
    PGATTIC_CHECK(opened.ok(), opened.error().ToString());
    return std::move(*opened);
  }
  static std::string Run(pg::Connection& connection, const std::string& sql) {
    const auto rows = connection.Exec(OpContext(), sql);
    PGATTIC_CHECK(rows.ok(), rows.status().ToString());
    return rows->empty() ? "" : rows->Text(0, 0);
  }
  static void Await(pg::Connection& connection, const std::string& condition) {
    const OpContext limit = OpContext().WithDeadline(std::chrono::minutes(1));
    while (Run(connection, "SELECT " + condition) != "t") {
      ASSERT_TRUE(limit.SleepFor(milliseconds(5)).ok()) << condition;
    }
  }
  OpContext ctx() { return {clock_, stop_.get_token()}; }

  HookedClock clock_;
  std::stop_source stop_;
  PacingOptions options_;
};

TEST_F(PacerTest, ReadsNoFasterThanItMay) {
  options_.max_read_bytes = 1 << 20;
  options_.max_read_rows = 100;
  Pacer pacer(clock_, options_);
  const auto began = clock_.SteadyNow();
  // 20 MiB in 1,000 rows: bytes bind, a second's worth is there at once.
  for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(pacer.Read(ctx(), 20 << 10, 1).ok());
  EXPECT_NEAR(std::chrono::duration<double>(clock_.SteadyNow() - began).count(), 18.5, 0.5);
  // 1,000 rows more that are small: rows bind.
  const auto then = clock_.SteadyNow();
  for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(pacer.Read(ctx(), 10, 1).ok());
  EXPECT_NEAR(std::chrono::duration<double>(clock_.SteadyNow() - then).count(), 9.0, 1.0);
}

TEST_F(PacerTest, WithoutLimitsItNeverSleeps) {
  Pacer pacer(clock_, options_);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(pacer.Read(ctx(), 1 << 30, 1 << 20).ok());
  const auto session = Open(Cluster().Url());
  ASSERT_TRUE(pacer.AtSafePoint(ctx(), *session).ok());
  EXPECT_EQ(clock_.sleeps(), 0);
}

TEST_F(PacerTest, AStopEndsTheWait) {
  options_.max_read_rows = 1;
  Pacer pacer(clock_, options_);
  clock_.on_sleep = [&] { stop_.request_stop(); };
  EXPECT_TRUE(pacer.Read(ctx(), 0, 1'000'000).Is(Code::kCancelled));
  EXPECT_EQ(clock_.sleeps(), 1);
}

TEST_F(PacerTest, OutsideTheHoursTheRunIsDeferred) {
  const MayWork never = [](WallTime) { return Status(Code::kDeferred, "closed"); };
  Pacer pacer(clock_, options_, never);
  const auto session = Open(Cluster().Url());
  EXPECT_TRUE(pacer.AtSafePoint(ctx(), *session).Is(Code::kDeferred));
  EXPECT_EQ(clock_.sleeps(), 0);
}

TEST_F(PacerTest, GivesWayToALongTransactionUntilItEnds) {
  options_.max_transaction_age = milliseconds(1);
  Pacer pacer(clock_, options_);
  const auto session = Open(Cluster().Url());
  const auto other = Open(Cluster().Url(), "report");
  Run(*other, "BEGIN");
  Run(*other, "SELECT count(*) FROM pg_class");
  Await(*session,
        "clock_timestamp() - xact_start > interval '10 ms' FROM pg_stat_activity WHERE "
        "application_name = 'report'");
  clock_.on_sleep = [&] {
    if (clock_.sleeps() == 3) Run(*other, "COMMIT");
  };
  const Status gave_way = pacer.AtSafePoint(ctx(), *session);
  ASSERT_TRUE(gave_way.ok()) << gave_way.ToString();
  EXPECT_EQ(pacer.pauses(), 3);
}

TEST_F(PacerTest, DoesNotGiveWayToItsOwnSessions) {
  options_.max_transaction_age = milliseconds(1);
  Pacer pacer(clock_, options_);
  const auto session = Open(Cluster().Url());
  const auto own = Open(Cluster().Url());
  Run(*own, "BEGIN");
  Run(*own, "SELECT pg_sleep(0.02)");
  ASSERT_TRUE(pacer.AtSafePoint(ctx(), *session).ok());
  EXPECT_EQ(pacer.pauses(), 0);
}

TEST_F(PacerTest, ItsPatienceEnds) {
  options_.max_transaction_age = milliseconds(1);
  options_.patience = seconds(60);
  Pacer pacer(clock_, options_);
  const auto session = Open(Cluster().Url());
  const auto other = Open(Cluster().Url(), "report");
  Run(*other, "BEGIN");
  Run(*other, "SELECT pg_sleep(0.02)");
  const Status gave_up = pacer.AtSafePoint(ctx(), *session);
  EXPECT_TRUE(gave_up.Is(Code::kDeferred));
  EXPECT_NE(gave_up.ToString().find("(report)"), std::string::npos) << gave_up.ToString();
  EXPECT_EQ(pacer.pauses(), 12);
}

TEST_F(PacerTest, SaysWhichRightItLacks) {
  options_.max_transaction_age = seconds(60);
  Pacer pacer(clock_, options_);
  const auto admin = Open(Cluster().Url());
  Run(*admin, "CREATE ROLE nobody LOGIN");
  const auto session = Open(Cluster().Url("postgres", "nobody"));
  const Status hidden = pacer.AtSafePoint(ctx(), *session);
  EXPECT_TRUE(hidden.Is(Code::kPermissionDenied));
  EXPECT_NE(hidden.ToString().find("GRANT pg_read_all_stats"), std::string::npos);
  Run(*admin, "GRANT pg_read_all_stats TO nobody");
  EXPECT_TRUE(pacer.AtSafePoint(ctx(), *session).ok());
}

TEST_F(PacerTest, GivesWayToAStandbyThatLags) {
  const auto primary = Start({.settings = {{"wal_level", "replica"}}});
  ASSERT_TRUE(primary->Stop(OpContext()).ok());
  const auto standby =
      Start({.settings = {{"primary_conninfo", "host=" + primary->folder() +
                                                   " port=" + std::to_string(primary->port()) +
                                                   " user=postgres application_name=s1"},
                          {"wal_receiver_status_interval", "1"}},
             .copy_of = primary->data_dir(),
             .signal_file = "standby.signal"});
  ASSERT_TRUE(primary->Restart(OpContext()).ok());
  const auto session = Open(primary->Url());
  const auto replica = Open(standby->Url());
  Await(*session, "count(*) = 1 FROM pg_stat_replication WHERE state = 'streaming'");
  options_.max_replica_lag = milliseconds(50);
  Pacer pacer(clock_, options_);
  Await(*session, "coalesce(max(replay_lag), '0') < '50 ms' FROM pg_stat_replication");
  ASSERT_TRUE(pacer.AtSafePoint(ctx(), *session).ok());
  EXPECT_EQ(pacer.pauses(), 0);
  Run(*replica, "SELECT pg_wal_replay_pause()");
  Await(*replica, "pg_get_wal_replay_pause_state() = 'paused'");
  Run(*session, "CREATE TABLE public.written AS SELECT 1");
  Run(*session, "CREATE TABLE public.written_too AS SELECT 1");
  Await(*session, "replay_lag > '100 ms' FROM pg_stat_replication");
  clock_.on_sleep = [&] {
    if (clock_.sleeps() != 2) return;
    Run(*replica, "SELECT pg_wal_replay_resume()");
    // An idle standby's lag is forgotten once it has told of it twice.
    Await(*session, "coalesce(max(replay_lag), '0') < '50 ms' FROM pg_stat_replication");
  };
  const Status gave_way = pacer.AtSafePoint(ctx(), *session);
  ASSERT_TRUE(gave_way.ok()) << gave_way.ToString();
  EXPECT_EQ(pacer.pauses(), 2);
}

}  // namespace
}  // namespace pgattic::archive
