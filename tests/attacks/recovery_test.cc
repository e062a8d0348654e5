// PostgreSQL is recovered to a moment before the archive's present: journal, tables and
// statuses go back, the bucket does not.
#include "recovery.h"

namespace pgattic::test {
namespace {

class StandsStill : public RecoveryAttack {
 protected:
  /// Nothing that changes anything works, nothing is changed, and every row is readable.
  void ExpectStill(bool has_work) {
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
};

TEST_F(StandsStill, RecoveredToAnyMomentTheArchiveStopsAndLosesNothing) {
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
    ExpectStill(std::string(moment) != "after_drop");
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

TEST_F(StandsStill, RecoveredToBeforeTheArchiveItsObjectsAreNotReplaced) {
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

TEST_F(StandsStill, ADiskSnapshotOnTheSameTimelineReplacesNothing) {
  // Put back without recovery: same server, same timeline, an older journal.
  ASSERT_TRUE(first_->Stop(OpContext()).ok());
  const std::string snapshot = wal_->path() + "/snapshot";
  std::filesystem::copy(first_->data_dir(), snapshot, std::filesystem::copy_options::recursive);
  GiveAway(snapshot);
  ASSERT_TRUE(first_->Restart(OpContext()).ok());
  Reconnect();
  Sql().Run("INSERT INTO public.events VALUES ('only-archived', '2024-01-31', 1, 'x')");
  ExpectDone(Pgattic({"archive", "--partition", "events_2024_01"}));
  ASSERT_TRUE(first_->Stop(OpContext()).ok());
  auto restored = sandbox::PostgresCluster::Start(
      OpContext(), {.settings = {{"archive_mode", "off"}}, .copy_of = snapshot});
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
