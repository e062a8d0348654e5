// The contract of the command line: shapes of JSON, exit codes, flags, variables, help.
#include <fstream>
#include <set>

#include "game_archive.h"

namespace pgattic::test {
namespace {

std::set<std::string> KeysOf(const nlohmann::json& object) {
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

bool Has(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

class CommandLine : public GameArchive {
 protected:
  void SetUp() override {
    GameArchive::SetUp();
    LoadMonths({1, 2}, 40);
  }
  void WithGrace() {
    ConfigureSource(
        "[run]\nswap_pause = \"100ms\"\nsnapshot_wait = \"5s\"\n[[source]]\ntable = "
        "\"public.past_games\"\nid_column = \"gid\"\nprofile = \"games\"\ngrace = \"1d\"\n");
  }
};

TEST_F(CommandLine, PlanAndDryRunSayWhatWouldBe) {
  const std::string young = LoadYoungMonth(20);
  const Ran plan = Pgattic({"plan", "--json"});
  ASSERT_EQ(plan.code, 0) << plan.err;
  const auto partitions = plan.json().at("partitions");
  ASSERT_EQ(partitions.size(), 3U);
  for (const char* key :
       {"source", "partition", "from", "to", "rows", "bytes", "eligible", "reasons"}) {
    EXPECT_TRUE(partitions[0].contains(key)) << key;
  }
  EXPECT_EQ(partitions[0].at("partition"), "past_games_2024_01");
  EXPECT_EQ(partitions[0].at("eligible"), true);
  EXPECT_EQ(partitions[2].at("partition"), young);
  EXPECT_EQ(partitions[2].at("reasons"), nlohmann::json({"younger than 3 months"}));
  EXPECT_GT(plan.json().at("free_bytes").get<std::int64_t>(), 0);
  ASSERT_EQ(Pgattic({"init"}).code, 0);

  const Ran dry = Pgattic({"archive", "--dry-run", "--json"});
  ASSERT_EQ(dry.json().at("archives").size(), 2U) << dry.out;
  EXPECT_EQ(dry.json().at("archives").at(0).at("rows"), 40);
  EXPECT_GT(dry.json().at("archives").at(0).at("raw_bytes").get<std::int64_t>(), 0);
  EXPECT_TRUE(Has(Pgattic({"archive", "--dry-run"}).out, "rows (estimate)"));
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.archive"), "0");
}

TEST_F(CommandLine, JsonHasTheAgreedShape) {
  WithGrace();
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  const Ran ran = Pgattic({"archive", "--json"});
  ASSERT_EQ(ran.code, 0) << ran.out << ran.err;
  const auto archive = ran.json().at("archives").at(0);
  EXPECT_EQ(KeysOf(archive),
            (std::set<std::string>{"source", "partition", "phase", "rows", "parts", "raw_bytes",
                                   "stored_bytes", "seconds", "deferred", "drop_after", "error"}));
  EXPECT_EQ(archive.at("phase"), "detached");
  EXPECT_TRUE(archive.at("deferred").is_null());
  EXPECT_TRUE(archive.at("drop_after").is_string());
  EXPECT_TRUE(archive.at("error").is_null());
  EXPECT_EQ(archive.at("parts"), 1);
  const Ran waiting = Pgattic({"archive"});
  EXPECT_EQ(waiting.code, 0) << waiting.err;
  EXPECT_TRUE(Has(waiting.out, "table kept until")) << waiting.out;

  const auto status = Pgattic({"status", "--json"}).json().at("archives").at(0);
  for (const char* key : {"source", "partition", "from", "to", "phase", "rows", "raw_bytes",
                          "stored_bytes", "updated_at", "error", "drop_after"}) {
    EXPECT_TRUE(status.contains(key)) << key;
  }
  ASSERT_EQ(status.at("parts").size(), 1U);
  EXPECT_EQ(KeysOf(status.at("parts").at(0)),
            (std::set<std::string>{"key", "rows", "bytes", "sha256"}));
  EXPECT_EQ(status.at("parts").at(0).at("sha256").get<std::string>().size(), 64U);
  const auto verify = Pgattic({"verify", "public.past_games_2024_01", "--json"}).json();
  ASSERT_EQ(verify.at("parts").size(), 1U);
  EXPECT_EQ(verify.at("parts").at(0).at("ok"), true);
  EXPECT_EQ(verify.at("sidecars").size(), 4U) << "filter, narrow object, checksums, metadata";
  const std::string id = One("SELECT min(gid) FROM public.past_games_2024_01");
  EXPECT_EQ(KeysOf(Pgattic({"get", id, "--json"}).json()),
            (std::set<std::string>{"id", "source", "tier", "availability", "row"}));

  // A late row comes back with the table, while the grace lasts.
  Sql("INSERT INTO public.past_games (gid, created_at, game_end_reason, type) VALUES ('late', "
      "'2024-01-20', 2, 0)");
  const auto back = Pgattic({"rollback", "public.past_games_2024_01", "--json"}).json();
  EXPECT_EQ(back, nlohmann::json({{"source", "public.past_games"},
                                  {"partition", "past_games_2024_01"},
                                  {"phase", "planned"},
                                  {"attached", true}}));
  EXPECT_EQ(One("SELECT count(*) FROM public.past_games_2024_01"), "41");
}

TEST_F(CommandLine, ARefusedPartitionIsNotNothingToDo) {
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  LoadYoungMonth(20);
  Sql("CREATE VIEW public.v AS SELECT gid FROM public.past_games_2024_01");
  const Ran ran = Pgattic({"archive", "--until", "verified", "--json"});
  EXPECT_EQ(ran.code, 1);
  ASSERT_EQ(ran.json().at("archives").size(), 2U) << ran.out;
  const auto refused = ran.json().at("archives").at(0);
  EXPECT_EQ(refused.at("phase"), "planned");
  EXPECT_TRUE(Has(refused.at("error"), "drop it")) << refused;
  EXPECT_EQ(ran.json().at("archives").at(1).at("phase"), "verified");
  Sql("CREATE VIEW public.w AS SELECT gid FROM public.past_games_2024_02");
  const Ran none = Pgattic({"archive", "--partition", "past_games_2024_01"});
  EXPECT_EQ(none.code, 1);
  EXPECT_TRUE(Has(none.err, "refused: past_games_2024_01: cannot be archived")) << none.err;
  EXPECT_FALSE(Has(none.out, "Nothing to do")) << none.out;
}

TEST_F(CommandLine, AHolderOfTheParentDefers) {
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  Configure("file://" + archive_folder(), "swap_tries = 1\nsnapshot_wait = \"500ms\"");
  Sql("BEGIN");
  Sql("LOCK TABLE public.past_games IN ACCESS SHARE MODE");
  const Ran ran = Pgattic({"archive", "--partition", "past_games_2024_01", "--json"});
  EXPECT_EQ(ran.code, 75) << ran.out << ran.err;
  const auto archive = ran.json().at("archives").at(0);
  EXPECT_TRUE(Has(archive.at("deferred"), "held by pid")) << archive;
  EXPECT_TRUE(archive.at("error").is_null());
  Sql("COMMIT");
  EXPECT_EQ(Pgattic({"archive", "--partition", "past_games_2024_01"}).code, 0);
}

TEST_F(CommandLine, KeysAreVariablesAndFlags) {
  const Ran variable = Pgattic({"plan"}, {{"PGATTIC_RUN_WORKER", "2"}});
  EXPECT_EQ(variable.code, 2);
  EXPECT_TRUE(Has(variable.err, "did you mean 'PGATTIC_RUN_WORKERS'?")) << variable.err;
  const Ran flag = Pgattic({"plan", "--source-retention-months", "1200"});
  EXPECT_EQ(flag.code, 0) << flag.err;
  EXPECT_TRUE(Has(flag.out, "younger than 1200 months")) << flag.out;
  const Ran wrong = Pgattic({"plan", "--source-retention-months", "420000"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_TRUE(Has(wrong.err, "--source-retention-months: retention_months: '420000'")) << wrong.err;
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  // The ids after --set are ids.
  EXPECT_EQ(Pgattic({"get", "--set", "run.workers=2", "no-such-id"}).json().at("id"), "no-such-id");
  const Ran url = Pgattic({"plan", "--database-url", "mysql://me:hunter2@h/d"});
  EXPECT_EQ(url.code, 2);
  EXPECT_FALSE(Has(url.err, "hunter2")) << url.err;
}

TEST_F(CommandLine, AnUnknownCommandIsNamedWithTheNearestOne) {
  const std::string words = "there is no command 'archiv'; did you mean 'archive'?";
  const Ran wrong = Pgattic({"archiv"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_TRUE(Has(wrong.err, words)) << wrong.err;
  const Ran as_json = Pgattic({"archiv", "--json"});
  EXPECT_EQ(as_json.code, 2);
  EXPECT_EQ(as_json.json().at("error").at("message"), words);
  const Ran none = Pgattic({});
  EXPECT_EQ(none.code, 2);
  EXPECT_TRUE(Has(none.err, "name a command; `pgattic help` lists them")) << none.err;
}

TEST_F(CommandLine, HelpIsCompleteAndDoctorLooksAtEverything) {
  EXPECT_EQ(Pgattic({"help", "nosuch"}).code, 2);
  EXPECT_TRUE(Has(Pgattic({"help", "statsu"}).err, "did you mean 'status'?"));
  EXPECT_TRUE(Has(Pgattic({"help", "archive"}).out, "planned, exporting, uploaded, verified"));
  for (const char* command :
       {"init", "plan", "archive", "status", "verify", "get", "rollback", "doctor", "demo"}) {
    EXPECT_EQ(Pgattic({"help", command}).code, 0) << command;
  }
  const Ran before = Pgattic({"doctor", "--json"});
  EXPECT_EQ(before.code, 1);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  const Ran doctor = Pgattic({"doctor"});
  EXPECT_EQ(doctor.code, 0) << doctor.out;
  EXPECT_TRUE(Has(doctor.out, "Least grants")) << doctor.out;
  EXPECT_TRUE(Has(doctor.out, "honours conditional writes")) << doctor.out;
  Admin("ALTER TABLE public.games OWNER TO postgres");
  const Ran poor = Pgattic({"doctor"});
  EXPECT_EQ(poor.code, 1) << poor.out;
  EXPECT_TRUE(Has(poor.out, "GRANT UPDATE (migration_status)")) << poor.out;
}

TEST_F(CommandLine, PlanTellsOfChangesAndOfAnotherJournal) {
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  const std::string oid = One("SELECT 'public.past_games_2024_01'::regclass::oid");
  Sql("INSERT INTO pgattic.look (relation_oid, updates, deletes) SELECT " + oid +
      ", pg_stat_get_tuples_updated(" + oid + ") - 1, 0");
  const Ran plan = Pgattic({"plan"});
  EXPECT_EQ(plan.code, 0) << plan.err;
  EXPECT_TRUE(Has(plan.out, "updated or deleted since the last look")) << plan.out;
  EXPECT_TRUE(Has(plan.out, "has room for")) << plan.out;
  Sql("UPDATE pgattic.schema_version SET version = 99");
  const Ran newer = Pgattic({"plan"});
  EXPECT_EQ(newer.code, 1);
  EXPECT_TRUE(Has(newer.err, "version 99")) << newer.err;
}

}  // namespace
}  // namespace pgattic::test
