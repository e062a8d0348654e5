// Killed while a roll-out is promoted or a scheduled run is taken: the next one goes on.
#include "crash_fixture.h"

namespace pgattic::test {
namespace {

TEST_F(Crash, KilledWhileARolloutIsPromotedItIsPromotedOnce) {
  LoadMonths({1}, 20);
  ConfigureSource(
      "[[source]]\ntable = \"public.past_games\"\nid_column = \"gid\"\nrollout = [{months = 12, "
      "soak = \"1d\"}, {months = 6, soak = \"1d\"}, {months = 3}]\n");
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  Works({"archive"});
  int stage = 1;
  for (const std::string& point : PointsOf(Scene::kRollout)) {
    SCOPED_TRACE(point);
    KilledAt(point, {"rollout", "promote"});
    if (point == "rollout.after_record") ++stage;
    const auto now = Pgattic({"rollout", "--json"}).json()["rollouts"][0];
    EXPECT_EQ(now["stage"], stage);
    EXPECT_EQ(now["events"].size(), static_cast<std::size_t>(stage));
  }
}

TEST_F(Crash, KilledInAScheduledRunTheNextReplicaTakesItOver) {
  const std::vector<std::string> points = PointsOf(Scene::kSchedule);
  const std::vector<std::string> rows = LoadAMonthEach(points);
  Configure("file://" + archive_folder(), "[schedule]\narchive = \"0 0 1 1 *\"\n");
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  for (const std::string& point : points) {
    SCOPED_TRACE(point);
    Sql("DELETE FROM pgattic.scheduled_run RETURNING id");
    Sql("INSERT INTO pgattic.scheduled_run (database_name, job, due_at, state, attempt, revision, "
        "started_at, ended_at) SELECT current_database(), 'archive', t, 'done', 0, 1, t, t FROM "
        "(SELECT now() - interval '2 years') AS s(t) RETURNING id");
    KilledAt(point, {"serve", "--listen", "127.0.0.1:0"});
    const auto serve = Begin({"serve", "--listen", "127.0.0.1:0"}, {});
    const OpContext limit = OpContext().WithDeadline(std::chrono::minutes(1));
    while (One("SELECT count(*) FROM pgattic.scheduled_run WHERE state = 'done' AND attempt > 0") !=
           "1") {
      ASSERT_TRUE(limit.SleepFor(std::chrono::milliseconds(20)).ok()) << serve->Stderr();
    }
    EXPECT_EQ(One("SELECT count(*) FROM pgattic.scheduled_run"), "2");
  }
  EXPECT_EQ(RowsByPyarrow(kParquet), rows);
  NothingIsLeftOver();
}

}  // namespace
}  // namespace pgattic::test
