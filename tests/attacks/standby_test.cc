// A synchronous standby that may lag: the swap's COMMIT must not wait for it.
#include "attack.h"

namespace pgattic::test {
namespace {

class StandbyAttack : public Attack {
 protected:
  void SetUp() override {
    auto primary =
        sandbox::PostgresCluster::Start(OpContext(), {.settings = {{"wal_level", "replica"}}});
    ASSERT_TRUE(primary.ok()) << primary.status().ToString();
    primary_ = std::move(*primary);
    UseCluster(*primary_);
    Attack::SetUp();
  }
  /// A streaming standby whose readers replay never kills.
  void StartStandby() {
    ASSERT_TRUE(primary_->Stop(OpContext()).ok());
    auto standby = sandbox::PostgresCluster::Start(
        OpContext(), {.settings = {{"primary_conninfo", "host=" + primary_->folder() + " port=" +
                                                            std::to_string(primary_->port()) +
                                                            " user=postgres application_name=s1"},
                                   {"max_standby_streaming_delay", "-1"}},
                      .copy_of = primary_->data_dir(),
                      .signal_file = "standby.signal"});
    ASSERT_TRUE(standby.ok()) << standby.status().ToString();
    standby_ = std::move(*standby);
    ASSERT_TRUE(primary_->Restart(OpContext()).ok());
    Session admin(primary_->Url());
    ASSERT_TRUE(Await(
        [&] {
          return admin.One("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") ==
                 "1";
        },
        "the standby to stream"));
    admin.Run("ALTER SYSTEM SET synchronous_standby_names = 's1'");
    admin.Run("ALTER SYSTEM SET synchronous_commit = 'remote_apply'");
    admin.Run("SELECT pg_reload_conf()");
    ASSERT_TRUE(Await(
        [&] {
          return admin.One("SELECT sync_state FROM pg_stat_replication") == "sync" &&
                 Session(primary_->Url()).One("SHOW synchronous_commit") == "remote_apply";
        },
        "the standby to be synchronous"));
  }
  std::string OnStandby() const { return standby_->Url(database(), "keeper"); }
  void TearDown() override {
    standby_.reset();
    primary_.reset();
  }

  std::unique_ptr<sandbox::PostgresCluster> primary_;
  std::unique_ptr<sandbox::PostgresCluster> standby_;
};

TEST_F(StandbyAttack, TheSwapDoesNotWaitForALongReaderOfTheStandby) {
  StartStandby();
  ExpectDone(Pgattic({"archive", "--partition", "events_2024_01", "--until", "marked"}));
  Session reader(OnStandby());
  reader.Run("BEGIN; SELECT count(*) FROM public.events WHERE at >= '2024-02-01 00:00+00'");
  // Replay stands still at the swap's lock, so a COMMIT with remote_apply would never return.
  ExpectDone(Pgattic({"archive", "--partition", "events_2024_01", "--until", "detached"}));
  EXPECT_EQ(Session(url()).One("SELECT count(*) FROM public.events"), "187");
  EXPECT_EQ(Session(url()).One("SELECT count(*) FROM pg_locks WHERE relation = "
                               "'public.events'::regclass"),
            "0");
  EXPECT_EQ(reader.One("SELECT count(*) FROM public.events WHERE at >= '2024-02-01 00:00+00'"),
            "187");
  reader.Run("COMMIT");
  ASSERT_TRUE(
      Await([&] { return Session(OnStandby()).One("SELECT count(*) FROM public.events") == "187"; },
            "the standby to catch up"));
  // The drop is durable on the standby as well, whose readers are gone.
  ExpectDone(Pgattic({"archive", "--partition", "events_2024_01"}));
}

TEST_F(StandbyAttack, PlanTellsOfTheStandby) {
  StartStandby();
  const Ended plan = Pgattic({"plan", "--json"});
  ExpectDone(plan);
  EXPECT_TRUE(plan.Says("standby s1")) << plan.text();
}

}  // namespace
}  // namespace pgattic::test
