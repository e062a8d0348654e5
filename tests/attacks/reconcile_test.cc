// `pgattic reconcile` after a point-in-time recovery to any moment, and after a failover.
#include <algorithm>
#include <csignal>

#include "recovery.h"

namespace pgattic::test {
namespace {

const std::string kPartition = "events_2024_01";  // NOLINT(cert-err58-cpp): a test's name

class Reconcile : public RecoveryAttack {
 protected:
  Ended Archive(const std::string& until = "archived") {
    return Pgattic({"archive", "--partition", kPartition, "--until", until});
  }
  static nlohmann::json OfJanuary(const Ended& ended) {
    for (const auto& archive : ended.json().value("archives", nlohmann::json::array())) {
      if (archive.value("partition", "") == kPartition) return archive;
    }
    return nlohmann::json::object();
  }
  /// It says what differs, in these words, and changes nothing.
  void ExpectDiffers(const std::string& words) {
    const std::map<std::string, std::string> before = Contents();
    const std::string journal = "SELECT string_agg(a::text, ',') FROM pgattic.archive a";
    const std::string row = Session(url()).One(journal);
    const Ended said = Pgattic({"reconcile", "--json"});
    EXPECT_EQ(said.code, 1) << said.text();
    EXPECT_EQ(OfJanuary(said).value("state", ""), "differs") << said.text();
    EXPECT_NE(said.out.find(words), said.out.npos) << said.text();
    EXPECT_TRUE(Contents() == before);
    EXPECT_EQ(Session(url()).One(journal), row);
  }
  void Repair() {
    const Ended repaired = Pgattic({"reconcile", "--repair", "--json"});
    EXPECT_EQ(repaired.code, 0) << repaired.text();
    const Ended again = Pgattic({"reconcile", "--json"});
    EXPECT_EQ(again.code, 0) << again.text();
    EXPECT_EQ(again.out.find("differs"), again.out.npos) << again.text();
    EXPECT_EQ(Pgattic({"verify"}).code, 0);
    Reconnect();
  }
  /// The archive goes on to its end; then the parts hold exactly these rows.
  void GoesOnTo(const std::vector<std::string>& rows) {
    const Ended archived = Archive();
    EXPECT_EQ(archived.code, 0) << archived.text();
    EXPECT_EQ(One("SELECT phase FROM pgattic.archive"), "archived");
    EXPECT_EQ(One("SELECT count(*) FROM public.events WHERE at < '2024-02-01 00:00+00'"), "0");
    EXPECT_EQ(PublishedRows(), rows);
    EXPECT_EQ(Pgattic({"verify"}).code, 0);
    EXPECT_EQ(One("SELECT count(*) FROM pgattic.part WHERE NOT published"), "0");
    ExpectNoOtherParquet();
  }
  /// Every row is found, once.
  void FindsEachOnce(const std::vector<std::string>& ids) {
    std::vector<std::string> arguments = {"get"};
    arguments.insert(arguments.end(), ids.begin(), ids.end());
    const Ended got = Pgattic(arguments);
    EXPECT_EQ(got.code, 0) << got.text();
    EXPECT_EQ(got.out.find("\"duplicates\":1"), got.out.npos) << got.out;
  }
  std::vector<std::string> PublishedRows() {
    std::vector<std::string> rows;
    for (const std::string& key : Sql().Rows("SELECT key FROM pgattic.part WHERE published")) {
      for (std::string& row : Archived(key)) rows.push_back(std::move(row));
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  }
  void ExpectNoOtherParquet() {
    std::vector<std::string> parquet = Files();
    std::erase_if(parquet, [](const std::string& file) { return !file.ends_with(".parquet"); });
    EXPECT_EQ(parquet, Sql().Rows("SELECT key FROM pgattic.part ORDER BY 1"));
  }
};

TEST_F(Reconcile, RecoveredToAnyMomentItIsMadeWholeAndGoesOn) {
  const std::vector<std::string> rows = Live("public.events_2024_01");
  Remember("before_all");
  for (const char* phase : {"verified", "marked", "detached", "archived"}) {
    ExpectDone(Archive(phase));
    Remember(std::string("at_") + phase);
  }
  Disaster();
  KeepBucket();
  for (const char* moment :
       {"before_all", "at_verified", "at_marked", "at_detached", "at_archived"}) {
    SCOPED_TRACE(moment);
    ResetBucket();
    RecoverTo(moment);
    ExpectDiffers(std::string(moment) == "before_all" ? "does not know the archive" : "timeline");
    Repair();
    FindsEachOnce({"e0", "e100", "e212", "e213", "e399"});
    GoesOnTo(rows);
  }
}

TEST_F(Reconcile, RowsThatOnlyTheBucketHasComeBack) {
  Remember("before_all");
  ExpectDone(Archive("marked"));
  Remember("at_marked");
  // The table changes, so parts are made again: generation 2 is of a time that is undone.
  Sql().Run("INSERT INTO public.events VALUES ('only-archived', '2024-01-31', 1, 'x')");
  const std::vector<std::string> rows = Live("public.events_2024_01");
  ExpectDone(Archive());
  Disaster();
  KeepBucket();
  for (const char* moment : {"before_all", "at_marked"}) {
    SCOPED_TRACE(moment);
    ResetBucket();
    RecoverTo(moment);
    ExpectDiffers("rows of 1 ids");
    Repair();
    EXPECT_EQ(One("SELECT count(*) FROM public.events_2024_01"), "214");
    FindsEachOnce({"only-archived", "e0", "e212"});
    GoesOnTo(rows);
  }
}

TEST_F(Reconcile, OneOfTwoRowsOfAnIdIsForAPersonToPutBack) {
  Sql().Run("INSERT INTO public.events VALUES ('twice', '2024-01-30', 1, 'x')");
  Remember("before_second");
  Sql().Run("INSERT INTO public.events VALUES ('twice', '2024-01-31', 2, 'x')");
  const std::vector<std::string> rows = Live("public.events_2024_01");
  ExpectDone(Archive());
  Disaster();
  KeepBucket();
  RecoverTo("before_second");
  for (const char* mode : {"--json", "--repair"}) {
    const Ended refused = Pgattic({"reconcile", mode});
    EXPECT_EQ(refused.code, 1);
    EXPECT_NE(refused.text().find("more rows of id twice"), std::string::npos) << refused.text();
  }
  Reconnect();
  Sql().Run("INSERT INTO public.events VALUES ('twice', '2024-01-31', 2, 'x')");
  Repair();
  GoesOnTo(rows);
}

TEST_F(Reconcile, RowsThatATriggerWouldChangeAreNotPutBack) {
  Sql().Run(R"sql(
CREATE FUNCTION public.stamp() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN NEW.note := 'stamped'; RETURN NEW; END $$;
CREATE FUNCTION public.keep_out() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER stamp BEFORE INSERT ON public.events FOR EACH ROW EXECUTE FUNCTION public.stamp();
)sql");
  Remember("before_all");
  Sql().Run("ALTER TABLE public.events DISABLE TRIGGER stamp");
  Sql().Run("INSERT INTO public.events VALUES ('only-archived', '2024-01-31', 1, 'x')");
  const std::vector<std::string> rows = Live("public.events_2024_01");
  ExpectDone(Archive());
  Disaster();
  KeepBucket();
  RecoverTo("before_all");
  for (const char* function : {"stamp", "keep_out"}) {
    SCOPED_TRACE(function);
    Reconnect();
    Sql().Run(std::string("DROP TRIGGER stamp ON public.events; CREATE TRIGGER stamp BEFORE INSERT "
                          "ON public.events FOR EACH ROW EXECUTE FUNCTION public.") +
              function + "()");
    ExpectRefused(Pgattic({"reconcile", "--repair"}), "DISABLE TRIGGER");
    EXPECT_EQ(One("SELECT count(*) FROM public.events_2024_01"), "213");
  }
  Sql().Run("ALTER TABLE public.events_2024_01 DISABLE TRIGGER USER");
  Repair();
  EXPECT_EQ(Live("public.events_2024_01"), rows);
  Sql().Run("ALTER TABLE public.events_2024_01 ENABLE TRIGGER USER");
  GoesOnTo(rows);
}

TEST_F(Reconcile, ErasuresOfATimeThatIsUndoneAreAppliedAgain) {
  std::vector<std::string> rows = Live("public.events_2024_01");
  std::erase_if(rows, [](const std::string& row) { return row.starts_with("id=e7|"); });
  ASSERT_EQ(rows.size(), 212U);
  Remember("before_all");
  ExpectDone(Archive("marked"));
  Remember("at_marked");
  ExpectDone(Archive("detached"));
  Remember("at_detached");
  ExpectDone(Archive());
  Remember("at_archived");
  ExpectDone(Pgattic({"erase", "e7"}));
  Disaster();
  KeepBucket();
  const std::vector<std::string> points = {"", "reconcile.before_erasures",
                                           "reconcile.after_erasures"};
  for (const std::string moment : {"before_all", "at_marked", "at_detached", "at_archived"}) {
    for (const std::string& killed_at : points) {
      if (!killed_at.empty() && moment != "at_detached") continue;
      SCOPED_TRACE(moment + " " + killed_at);
      ResetBucket();
      RecoverTo(moment);
      // What the repair deletes counts as a change.
      Configure(archive_url(), "",
                "[[source]]\ntable = \"public.events\"\nid_column = \"id\"\ngrace = \"0\"\n"
                "allow_changes = true\n");
      ExpectDiffers("1 erased ids");
      if (!killed_at.empty()) {
        const Ended killed = Pgattic({"reconcile", "--repair"}, {{"PGATTIC_FAILPOINT", killed_at}});
        EXPECT_EQ(killed.signal, SIGKILL) << killed.text();
      }
      Repair();
      ExpectRefused(Pgattic({"get", "e7"}), "erased");
      EXPECT_EQ(One("SELECT count(*) FROM public.events WHERE id = 'e7'"), "0");
      EXPECT_EQ(One("SELECT count(*) FROM pgattic.archive_erasure JOIN pgattic.erasure USING "
                    "(id_hash)"),
                "1");
      EXPECT_EQ(One("SELECT count(*) FROM pgattic.erasure_request WHERE finished_at IS NULL"), "0");
      Sql().Run("UPDATE pgattic.archive SET drop_after = now() WHERE drop_after > now()");
      GoesOnTo(rows);
      ExpectRefused(Pgattic({"get", "e7"}), "erased");
    }
  }
}

TEST_F(Reconcile, ATableDroppedByHandBeginsAnewWithTheOneInItsPlace) {
  const std::vector<std::string> rows = Live("public.events_2024_01");
  ExpectDone(Archive("verified"));
  Sql().Run("CREATE TABLE public.backup AS SELECT * FROM public.events_2024_01 WHERE id <> 'e0'");
  Sql().Run("DROP TABLE public.events_2024_01");
  const Ended refused = Archive();
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.text().find("dropped by hand"), std::string::npos) << refused.text();
  Sql().Run(
      "CREATE TABLE public.events_2024_01 PARTITION OF public.events FOR VALUES FROM "
      "('2024-01-01 00:00+00') TO ('2024-02-01 00:00+00')");
  Sql().Run("INSERT INTO public.events SELECT * FROM public.backup");
  ExpectDiffers("the partition is public.events_2024_01, another");
  Repair();
  EXPECT_EQ(Live("public.events_2024_01"), rows) << "with the row that the backup lacks";
  GoesOnTo(rows);
}

TEST_F(Reconcile, LateRoundsOfATimeThatIsUndoneAreLateRowsAgain) {
  std::vector<std::string> rows = Live("public.events_2024_01");
  ExpectDone(Archive("detached"));
  Remember("at_detached");
  ExpectDone(Archive());
  Remember("at_archived");
  Sql().Run("INSERT INTO public.events VALUES ('late', '2024-01-31', 1, 'x')");
  for (std::string& row : Live("public.events_2024_01_late")) rows.push_back(std::move(row));
  std::sort(rows.begin(), rows.end());
  ExpectDone(Archive());
  ExpectFound({"late"}, "archive");
  Disaster();
  KeepBucket();
  for (const char* moment : {"at_detached", "at_archived"}) {
    SCOPED_TRACE(moment);
    ResetBucket();
    RecoverTo(moment);
    ExpectDiffers("rows of 1 ids");
    Repair();
    ExpectFound({"late"}, "database");
    ExpectFound({"e0", "e212"}, "archive");
    ExpectDone(Archive());
    GoesOnTo(rows);
  }
}

TEST_F(Reconcile, ARollbackThatWasUndoneIsDoneAgain) {
  const std::vector<std::string> rows = Live("public.events_2024_01");
  ExpectDone(Archive("verified"));
  Remember("at_verified");
  ExpectDone(Archive("marked"));
  Remember("at_marked");
  ExpectDone(Archive("detached"));
  Remember("at_detached");
  ExpectDone(Pgattic({"rollback", kPartition}));
  Disaster();
  KeepBucket();
  for (const char* moment : {"at_marked", "at_detached"}) {
    SCOPED_TRACE(moment);
    ResetBucket();
    RecoverTo(moment);
    ExpectDiffers("no metadata of it");
    Repair();
    EXPECT_EQ(One("SELECT phase FROM pgattic.archive"), "planned");
    EXPECT_EQ(Live("public.events_2024_01"), rows);
    GoesOnTo(rows);
  }
}

TEST_F(Reconcile, APromotedStandbyLosesNothingAndIsOnlyTakenNoteOf) {
  const std::vector<std::string> rows = Live("public.events_2024_01");
  ExpectDone(Archive("marked"));
  const std::string attempt = One("SELECT attempt FROM pgattic.archive");
  Remember("end");
  Disaster();
  RecoverTo("end");
  ExpectRefused(Archive(), "PostgreSQL was recovered");
  ExpectDiffers("a standby was promoted");
  Repair();
  EXPECT_EQ(One("SELECT phase || ' ' || attempt FROM pgattic.archive"), "marked " + attempt);
  GoesOnTo(rows);
  EXPECT_EQ(One("SELECT attempt FROM pgattic.archive"), attempt);
}

TEST_F(Reconcile, KilledAnywhereASecondOneEndsIt) {
  ExpectDone(Archive("marked"));
  Remember("at_marked");
  Sql().Run("INSERT INTO public.events VALUES ('only-archived', '2024-01-31', 1, 'x')");
  const std::vector<std::string> rows = Live("public.events_2024_01");
  ExpectDone(Archive());
  Disaster();
  KeepBucket();
  for (const char* point :
       {"reconcile.before_rows", "reconcile.after_rows", "reconcile.before_record",
        "reconcile.after_record", "publish.after_revision", "publish.after_metadata",
        "reconcile.before_metadata", "reconcile.after_metadata"}) {
    SCOPED_TRACE(point);
    ResetBucket();
    RecoverTo("at_marked");
    const Ended killed = Pgattic({"reconcile", "--repair"}, {{"PGATTIC_FAILPOINT", point}});
    EXPECT_EQ(killed.signal, SIGKILL) << killed.text();
    Repair();
    EXPECT_EQ(One("SELECT count(*) FROM public.events_2024_01"), "214");
    GoesOnTo(rows);
  }
}

TEST_F(Reconcile, StatusesOfARoundThatBeginsAnewArePutBack) {
  Sql().Run(R"sql(
CREATE TABLE public.games (id bigint PRIMARY KEY, uuid text, created_at timestamptz, migration_status smallint);
CREATE TABLE public.past_games (gid text NOT NULL, created_at timestamptz NOT NULL) PARTITION BY RANGE (created_at);
CREATE TABLE public.past_games_1 PARTITION OF public.past_games FOR VALUES FROM ('2024-01-01 00:00+00') TO ('2024-02-01 00:00+00');
INSERT INTO public.past_games SELECT 'g' || i, '2024-01-02'::timestamptz + i * interval '1 minute' FROM generate_series(1, 60) i;
INSERT INTO public.games SELECT i, 'g' || i, '2024-01-02'::timestamptz + i * interval '1 minute', 1 + i % 3 FROM generate_series(1, 60) i;
)sql");
  const std::string source =
      "[[source]]\ntable = \"public.past_games\"\nid_column = \"gid\"\nprofile = \"games\"\n"
      "grace = \"0\"\n";
  Configure(archive_url(), "", source);
  const std::string statuses =
      "SELECT string_agg(id || ':' || migration_status, ',' ORDER BY id) FROM public.games";
  const std::string before = One(statuses);
  ExpectDone(Pgattic({"archive", "--until", "marked"}));
  const std::string marked = One(statuses);
  EXPECT_NE(marked, before);
  Remember("at_marked");
  Sql().Run("INSERT INTO public.past_games VALUES ('g61', '2024-01-03')");
  ExpectDone(Pgattic({"archive"}));
  Disaster();
  KeepBucket();
  for (const char* point :
       {"", "reconcile.after_record", "reconcile.before_done", "reconcile.after_done"}) {
    SCOPED_TRACE(point);
    ResetBucket();
    RecoverTo("at_marked");
    Configure(archive_url(), "", source);
    EXPECT_EQ(Session(url()).One(statuses), marked);
    if (*point != '\0') {
      const Ended killed = Pgattic({"reconcile", "--repair"}, {{"PGATTIC_FAILPOINT", point}});
      EXPECT_EQ(killed.signal, SIGKILL) << killed.text();
    }
    Repair();
    EXPECT_EQ(One(statuses), before);
    EXPECT_EQ(One("SELECT count(*) FROM public.past_games"), "61");
    ExpectDone(Pgattic({"archive"}));
    EXPECT_EQ(One(statuses), marked);
    ExpectDone(Pgattic({"restore", "past_games_1"}));
    EXPECT_EQ(One(statuses), before);
  }
}

TEST_F(Reconcile, WhatWasRestoredAndArchivedAgainSinceIsAdopted) {
  const std::vector<std::string> rows = Live("public.events_2024_01");
  ExpectDone(Archive());
  Remember("at_archived");
  ExpectDone(Pgattic({"restore", kPartition}));
  Remember("at_restored");
  ExpectDone(Archive());
  Disaster();
  KeepBucket();
  for (const char* moment : {"at_archived", "at_restored"}) {
    SCOPED_TRACE(moment);
    ResetBucket();
    RecoverTo(moment);
    ExpectDiffers("generation 2");
    Repair();
    FindsEachOnce({"e0", "e100", "e212"});
    GoesOnTo(rows);
  }
}

}  // namespace
}  // namespace pgattic::test
