// PostgreSQL is recovered to a moment before the archive's present: journal, tables and
// statuses go back, the bucket does not.
#include <filesystem>

#include "attack.h"
#include "sandbox/postgres_install.h"

namespace pgattic::test {
namespace {

class RecoveryAttack : public Attack {
 protected:
  void SetUp() override {
    const auto user = sandbox::ChooseServerUser("");
    ASSERT_TRUE(user.ok());
    auto wal = sandbox::ScratchFolder::Make({.owner = *user});
    ASSERT_TRUE(wal.ok());
    wal_ = std::move(*wal);
    auto first = sandbox::PostgresCluster::Start(
        OpContext(), {.settings = {{"wal_level", "replica"},
                                   {"archive_mode", "on"},
                                   {"archive_command", "cp %p " + wal_->path() + "/%f"}}});
    ASSERT_TRUE(first.ok()) << first.status().ToString();
    first_ = std::move(*first);
    UseCluster(*first_);
    Attack::SetUp();
    // A cold copy is a base backup; what comes after it is in the archived WAL.
    ASSERT_TRUE(first_->Stop(OpContext()).ok());
    base_ = wal_->path() + "/base";
    std::filesystem::copy(first_->data_dir(), base_, std::filesystem::copy_options::recursive);
    GiveAway(base_);
    ASSERT_TRUE(first_->Restart(OpContext()).ok());
    Reconnect();
  }
  void TearDown() override {
    recovered_.reset();
    first_.reset();
  }
  static void GiveAway(const std::string& path) {
    const auto user = sandbox::ChooseServerUser("");
    if (!user.ok() || !*user) return;
    const auto ran =
        sandbox::Subprocess::Run(OpContext(), {.argv = {"chown", "-R", (*user)->name, path}});
    EXPECT_TRUE(ran.ok() && ran->exit.ok());
  }
  /// Names this moment.
  void Remember(const std::string& name) {
    Session admin(first_->Url(database()));
    admin.Run("SELECT pg_create_restore_point('" + name + "')");
  }
  /// Ends the first server's life, its last WAL archived.
  void Disaster() {
    Session(first_->Url()).Run("SELECT pg_switch_wal()");
    ASSERT_TRUE(first_->Stop(OpContext()).ok());
  }
  /// A server recovered to the moment `name`, in the place of the first.
  void RecoverTo(const std::string& name) {
    recovered_.reset();
    auto recovered = sandbox::PostgresCluster::Start(
        OpContext(), {.settings = {{"archive_mode", "off"},
                                   {"restore_command", "cp " + wal_->path() + "/%f %p"},
                                   {"recovery_target_name", name},
                                   {"recovery_target_action", "promote"}},
                      .copy_of = base_,
                      .signal_file = "recovery.signal"});
    ASSERT_TRUE(recovered.ok()) << recovered.status().ToString();
    recovered_ = std::move(*recovered);
    UseCluster(*recovered_);
    ASSERT_TRUE(
        Await([&] { return Session(recovered_->Url()).One("SELECT pg_is_in_recovery()") == "f"; },
              "promotion"));
    Configure(archive_url());
  }
  /// Nothing that changes anything works, nothing is changed, and every row is readable.
  void StandsStill(bool has_work) {
    const std::map<std::string, std::string> before = Contents();
    const std::string live = Session(url()).One("SELECT count(*) FROM public.events");
    if (has_work) {
      ExpectRefused(Pgattic({"archive", "--partition", "events_2024_01"}),
                    "PostgreSQL was recovered");
    }
    ExpectRefused(Pgattic({"rollback", "events_2024_01"}), "PostgreSQL was recovered");
    EXPECT_TRUE(Contents() == before);
    EXPECT_EQ(Session(url()).One("SELECT count(*) FROM public.events"), live);
    ExpectFound({"e0", "e100", "e212", "e213", "e399"}, "");
  }

  std::unique_ptr<sandbox::ScratchFolder> wal_;
  std::unique_ptr<sandbox::PostgresCluster> first_;
  std::unique_ptr<sandbox::PostgresCluster> recovered_;
  std::string base_;
};

TEST_F(RecoveryAttack, RecoveredToAnyMomentTheArchiveStopsAndLosesNothing) {
  const std::vector<std::string> january = {"archive", "--partition", "events_2024_01", "--until"};
  const auto until = [&](const std::string& phase) {
    std::vector<std::string> arguments = january;
    arguments.push_back(phase);
    return arguments;
  };
  Remember("before_all");
  ExpectDone(Pgattic(until("verified")));
  Remember("before_mark");
  ExpectDone(Pgattic(until("marked")));
  Remember("before_swap");
  ExpectDone(Pgattic(until("detached")));
  Remember("before_drop");
  ExpectDone(Pgattic(until("archived")));
  Remember("after_drop");
  Disaster();
  for (const char* moment : {"before_mark", "before_swap", "before_drop", "after_drop"}) {
    SCOPED_TRACE(moment);
    RecoverTo(moment);
    StandsStill(std::string(moment) != "after_drop");
  }
  // Late rows would begin another round, which is a change of the journal as well.
  const std::string journal =
      "SELECT string_agg((to_jsonb(a) - 'error')::text, ',') FROM pgattic.archive a";
  Reconnect();
  const std::string before = One(journal);
  Sql().Run("INSERT INTO public.events VALUES ('late', '2024-01-31', 1, 'x')");
  ExpectRefused(Pgattic({"archive", "--partition", "events_2024_01"}), "PostgreSQL was recovered");
  EXPECT_EQ(One(journal), before);
}

TEST_F(RecoveryAttack, RecoveredToBeforeTheArchiveItsObjectsAreNotReplaced) {
  Remember("before_all");
  Sql().Run("INSERT INTO public.events VALUES ('only-archived', '2024-01-31', 1, 'x')");
  ExpectDone(Pgattic({"archive", "--partition", "events_2024_01"}));
  Remember("after_drop");
  Disaster();
  RecoverTo("before_all");
  const std::map<std::string, std::string> before = Contents();
  for (int i = 0; i < 2; ++i) {
    ExpectRefused(Pgattic({"archive", "--partition", "events_2024_01"}), "was recovered");
    EXPECT_TRUE(Contents() == before);
  }
  EXPECT_EQ(Session(url()).One("SELECT count(*) FROM public.events_2024_01"), "213");
}

TEST_F(RecoveryAttack, ADiskSnapshotOnTheSameTimelineReplacesNothing) {
  // Of the cold copy, without recovery: same server, same timeline, an older journal.
  Sql().Run("INSERT INTO public.events VALUES ('only-archived', '2024-01-31', 1, 'x')");
  ExpectDone(Pgattic({"archive", "--partition", "events_2024_01"}));
  ASSERT_TRUE(first_->Stop(OpContext()).ok());
  auto restored = sandbox::PostgresCluster::Start(
      OpContext(), {.settings = {{"archive_mode", "off"}}, .copy_of = base_});
  ASSERT_TRUE(restored.ok()) << restored.status().ToString();
  recovered_ = std::move(*restored);
  UseCluster(*recovered_);
  Configure(archive_url());
  const std::map<std::string, std::string> before = Contents();
  ExpectRefused(Pgattic({"archive", "--partition", "events_2024_01"}), "PostgreSQL was recovered");
  EXPECT_TRUE(Contents() == before);
  EXPECT_EQ(Session(url()).One("SELECT count(*) FROM public.events_2024_01"), "213");
}

}  // namespace
}  // namespace pgattic::test
