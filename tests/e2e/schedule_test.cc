// The calendar of `pgattic serve`, its window, and the staged roll-out, by the program itself.
#include <csignal>

#include "served_archive.h"

namespace pgattic::test {
namespace {

constexpr const char* kYearly = "[schedule]\narchive = \"0 0 1 1 *\"\n";

class Schedule : public ServedArchive {
 protected:
  /// A run was due since the schedule began, two years ago.
  void MissARun() {
    ASSERT_EQ(Pgattic({"init"}).code, 0);
    Sql("INSERT INTO pgattic.scheduled_run (database_name, job, due_at, state, attempt, revision, "
        "started_at, ended_at) SELECT current_database(), 'archive', t, 'done', 0, 1, t, t FROM "
        "(SELECT now() - interval '2 years') AS s(t) RETURNING id");
  }
  void Await(const std::string& condition) {
    const OpContext limit = OpContext().WithDeadline(std::chrono::minutes(2));
    while (One("SELECT " + condition) != "t") {
      ASSERT_TRUE(limit.SleepFor(std::chrono::milliseconds(20)).ok())
          << condition << process().Stderr();
    }
  }
  std::string LastRun() {
    return One(
        "SELECT state || ' ' || attempt FROM pgattic.scheduled_run ORDER BY id DESC LIMIT 1");
  }
  std::string Metric(const std::string& name) {
    const std::string text = web().Get("/metrics").body;
    const std::size_t at = text.find("\n" + name + " ");
    return at == text.npos
               ? "none"
               : text.substr(at + name.size() + 2, text.find('\n', at + 1) - at - name.size() - 2);
  }
};

TEST_F(Schedule, ServeMakesUpForAMissedRun) {
  Configure("file://" + archive_folder(), kYearly);
  MissARun();
  StartServing();
  Await("count(*) = 1 FROM pgattic.scheduled_run WHERE state = 'done' AND attempt = 1");
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.archive WHERE phase = 'archived'"), "3");
  EXPECT_EQ(One("SELECT count(*) FROM public.past_games"), "0");
  EXPECT_EQ(web().Get("/v1/games/" + SomeId()).status, 200);
  const std::string last = Metric("pgattic_schedule_last_done_timestamp_seconds");
  EXPECT_GT(std::stod(last), 1.7e9) << last;
  EXPECT_GT(std::stod(Metric("pgattic_schedule_next_timestamp_seconds")), std::stod(last));
  EXPECT_EQ(Metric("pgattic_schedule_runs_total{state=\"done\"}"), "1");
  EXPECT_EQ(web().Get("/v1/overview").json()["last_run"]["state"], "done");
  EXPECT_EQ(StopServing().code, 0);
}

TEST_F(Schedule, OffByDefault) {
  MissARun();
  StartServing();
  Await("true");
  EXPECT_EQ(web().Get("/healthz").status, 200);
  EXPECT_EQ(StopServing().code, 0);
  EXPECT_EQ(LastRun(), "done 0");
}

TEST_F(Schedule, SigtermStopsARunWithinTenSecondsAndTheNextGoesOn) {
  // A row a second: the run would take minutes.
  Configure("file://" + archive_folder(), std::string("max_read_rows = 1\n") + kYearly);
  MissARun();
  StartServing();
  Await("count(*) > 0 FROM pgattic.archive WHERE phase = 'exporting'");
  Await("count(*) > 0 FROM pg_stat_activity WHERE query LIKE 'COPY%' AND state = 'active'");
  ASSERT_TRUE(process().Signal(SIGTERM).ok());
  const auto exit = process().Wait(OpContext().WithDeadline(std::chrono::seconds(10)));
  ASSERT_TRUE(exit.ok()) << "it does not end within 10 s" << process().Stderr();
  EXPECT_EQ(exit->code, 0) << process().Stderr();
  EXPECT_EQ(LastRun(), "stopped 1");
  EXPECT_EQ(One("SELECT count(*) FROM public.past_games"), "120");
  Configure("file://" + archive_folder(), kYearly);
  StartServing();
  Await("count(*) = 1 FROM pgattic.scheduled_run WHERE state = 'done' AND attempt = 2");
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.archive WHERE phase = 'archived'"), "3");
}

TEST_F(Schedule, TheOneShotStopsTooAndGoesOn) {
  Configure("file://" + archive_folder(), "max_read_rows = 1\n");
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  const auto archive = Begin({"archive"}, {});
  const OpContext limit = OpContext().WithDeadline(std::chrono::minutes(1));
  while (One("SELECT count(*) > 0 FROM pg_stat_activity WHERE query LIKE 'COPY%'") != "t") {
    ASSERT_TRUE(limit.SleepFor(std::chrono::milliseconds(20)).ok()) << archive->Stderr();
  }
  ASSERT_TRUE(archive->Signal(SIGTERM).ok());
  const auto exit = archive->Wait(OpContext().WithDeadline(std::chrono::seconds(10)));
  ASSERT_TRUE(exit.ok()) << "it does not end within 10 s";
  EXPECT_EQ(exit->code, 75) << archive->Stderr();
  const Ran ran = Pgattic({"archive", "--run-max-read-rows", "0"});
  EXPECT_EQ(ran.code, 0) << ran.err;
}

TEST_F(Schedule, OutsideTheWindowNothingIsDone) {
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  const std::string window =
      One("SELECT to_char(now() + interval '2 hours', 'HH24:MI-') || to_char(now() + interval '3 "
          "hours', 'HH24:MI')");
  Configure("file://" + archive_folder(), "[schedule]\nwindow = \"" + window + "\"\n");
  const Ran closed = Pgattic({"archive"});
  EXPECT_EQ(closed.code, 75) << closed.err;
  EXPECT_NE(closed.err.find("outside the window " + window), std::string::npos) << closed.err;
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.archive"), "0");
  EXPECT_EQ(Pgattic({"archive", "--dry-run"}).code, 0);
  EXPECT_EQ(Pgattic({"archive", "--schedule-window", "always"}).code, 0);
}

TEST_F(Schedule, SettingsThatAreWrongAreTold) {
  const auto says = [&](const std::string& extra, const std::string& words) {
    Configure("file://" + archive_folder(), extra);
    const Ran ran = Pgattic({"serve", "--listen", "127.0.0.1:0"});
    EXPECT_EQ(ran.code, 2) << ran.err;
    EXPECT_NE(ran.err.find(words), std::string::npos) << ran.err;
  };
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  says("[schedule]\narchive = \"30 25 * * *\"\n", "'25' is no hour");
  says("[schedule]\nwindow = \"night\"\n", "is no span of the day");
  says("[schedule]\ntime_zone = \"Mars/Olympus\"\n", "knows no time zone 'Mars/Olympus'");
}

class Rollout : public Schedule {
 protected:
  void SetUp() override {
    GameArchive::SetUp();
    LoadMonths({1, 2, 3}, 20);
    // Months of 2024, by an age that makes them eligible one after the other.
    const int age = std::stoi(
        One("SELECT extract(year FROM now()) * 12 + extract(month FROM now()) - 2024 * 12 - 2"));
    ConfigureSource(
        "[[source]]\ntable = \"public.past_games\"\nid_column = \"gid\"\nprofile = "
        "\"games\"\ngrace = \"0\"\nrollout = [{months = " +
        std::to_string(age) + ", soak = \"1d\"}, {months = " + std::to_string(age - 1) +
        ", soak = \"1d\"}, {months = 3}]\n");
    ASSERT_EQ(Pgattic({"init"}).code, 0);
  }
  nlohmann::json Status() { return Pgattic({"rollout", "--json"}).json()["rollouts"][0]; }
  std::string Archived() {
    return One(
        "SELECT string_agg(partition_name, ',' ORDER BY partition_name) FROM pgattic.archive WHERE "
        "phase "
        "= 'archived'");
  }
};

TEST_F(Rollout, AStageIsTheRetention) {
  EXPECT_EQ(Pgattic({"archive"}).code, 0);
  EXPECT_EQ(Archived(), "past_games_2024_01");
  EXPECT_EQ(Status()["stage"], 1);
  EXPECT_EQ(Status()["behind"], 0);
  const auto plan = Pgattic({"plan", "--json"}).json();
  EXPECT_NE(plan.dump().find("stage 1 of its roll-out"), std::string::npos) << plan;
  ASSERT_EQ(Pgattic({"rollout", "promote", "--why", "all is well"}).code, 0);
  EXPECT_EQ(Pgattic({"archive"}).code, 0);
  EXPECT_EQ(Archived(), "past_games_2024_01,past_games_2024_02");
  ASSERT_EQ(Pgattic({"rollout", "promote"}).code, 0);
  EXPECT_EQ(Pgattic({"archive"}).code, 0);
  EXPECT_EQ(Archived(), "past_games_2024_01,past_games_2024_02,past_games_2024_03");
  const Ran last = Pgattic({"rollout", "promote"});
  EXPECT_EQ(last.code, 1);
  EXPECT_NE(last.err.find("at the last stage"), std::string::npos) << last.err;
  const auto events = Status()["events"];
  ASSERT_EQ(events.size(), 3U) << events;
  EXPECT_EQ(events[1]["event"], "promoted");
  EXPECT_EQ(events[1]["detail"], "by hand: all is well");
}

TEST_F(Rollout, AHeldSourceIsLeftAlone) {
  EXPECT_EQ(Pgattic({"archive", "--until", "marked"}).code, 0);
  const std::string before = One("SELECT phase || revision FROM pgattic.archive");
  ASSERT_EQ(Pgattic({"rollout", "hold", "--why", "the tournament"}).code, 0);
  EXPECT_EQ(Pgattic({"rollout", "hold"}).code, 1);
  EXPECT_EQ(Pgattic({"rollout", "promote"}).code, 1);
  const Ran held = Pgattic({"archive", "--json"});
  EXPECT_EQ(held.code, 75) << held.err;
  EXPECT_EQ(held.json()["held"][0]["why"], "the tournament") << held.out;
  EXPECT_NE(held.err.find("held: public.past_games since"), std::string::npos) << held.err;
  EXPECT_EQ(One("SELECT phase || revision FROM pgattic.archive"), before);
  EXPECT_EQ(Pgattic({"archive", "--partition", "past_games_2024_02"}).code, 75);
  EXPECT_EQ(Pgattic({"archive", "--partition", "nonsense"}).code, 2);
  EXPECT_EQ(Status()["held_why"], "the tournament");
  ASSERT_EQ(Pgattic({"rollout", "resume"}).code, 0);
  EXPECT_EQ(Pgattic({"rollout", "resume"}).code, 1);
  EXPECT_EQ(Pgattic({"archive"}).code, 0);
  EXPECT_EQ(Archived(), "past_games_2024_01");
}

TEST_F(Rollout, ServeNotesWhatReadsItSaw) {
  EXPECT_EQ(Pgattic({"archive"}).code, 0);
  const std::string id = One("SELECT uuid FROM public.games WHERE migration_status = 3 LIMIT 1");
  StartServing({"--rollout-sample-every", "1s"});
  Await("sum(canaries) > 0 AND sum(ill) = 0 FROM pgattic.health_sample");
  EXPECT_EQ(web().Get("/v1/games/" + id).status, 200);
  Await("sum(answers) = 1 AND sum(errors) = 0 FROM pgattic.health_sample");
  EXPECT_EQ(Metric("pgattic_rollout_stage"), "1");
  EXPECT_EQ(Metric("pgattic_rollout_held_sources"), "0");
  EXPECT_EQ(web().Get("/v1/overview").json()["rollouts"][0]["stage"], 1);
  EXPECT_GT(Status()["seen"]["seconds"], 0);
}

TEST_F(Rollout, IsPromotedByARunWhenTheSoakWasWell) {
  EXPECT_EQ(Pgattic({"archive"}).code, 0);
  Sql("UPDATE pgattic.rollout SET since = now() - interval '25 hours' RETURNING stage");
  EXPECT_EQ(Pgattic({"archive"}).code, 0);
  EXPECT_EQ(Status()["stage"], 1) << "nobody watched";
  Sql("INSERT INTO pgattic.health_sample SELECT current_database(), 'public', 'past_games', now() "
      "- "
      "h * interval '1 hour', 3600, 100, 0, 0, 10, 0 FROM generate_series(1, 24) h RETURNING at");
  EXPECT_EQ(Status()["may_promote"], true) << Status();
  EXPECT_EQ(Pgattic({"archive", "--dry-run"}).code, 0);
  EXPECT_EQ(Status()["stage"], 1) << "a dry run changes nothing";
  EXPECT_EQ(Pgattic({"archive"}).code, 0);
  EXPECT_EQ(Status()["stage"], 2);
  EXPECT_EQ(Archived(), "past_games_2024_01,past_games_2024_02");
}

}  // namespace
}  // namespace pgattic::test
