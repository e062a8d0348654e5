// Rounds after the first, rollbacks of all kinds, and tables that somebody dropped by hand.
#include <csignal>
#include <filesystem>
#include <fstream>

#include "game_archive.h"

namespace pgattic::test {
namespace {

class Rounds : public GameArchive {
 protected:
  void InsertLate(const std::string& id) {
    Sql("INSERT INTO public.past_games (gid, created_at, game_end_reason, type) VALUES ('" + id +
        "', '2024-01-20', 2, 0)");
    Sql("INSERT INTO public.games (uuid, created_at, migration_status) VALUES ('" + id +
        "', '2024-01-20', 1)");
  }
  std::string StatusOf(const std::string& id) {
    return One("SELECT migration_status FROM public.games WHERE uuid = '" + id + "'");
  }
};

TEST_F(Rounds, ALateRoundRolledBackLeavesTheArchiveOfTheFirst) {
  LoadMonths({1}, 60);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  ASSERT_EQ(Pgattic({"archive"}).code, 0);
  const std::vector<std::string> first = Files();
  InsertLate("lateone1");
  for (const char* until : {"uploaded", "verified", "marked", "detached"}) {
    SCOPED_TRACE(until);
    ASSERT_EQ(Pgattic({"archive", "--until", until}).code, 0);
    if (std::string(until) == "detached") {
      EXPECT_EQ(StatusOf("lateone1"), "3");
      EXPECT_EQ(TierOf("lateone1"), "archive");
      InsertLate("latetwo2");
    }
    const Ran back = Pgattic({"rollback", "past_games_2024_01"});
    ASSERT_EQ(back.code, 0) << back.err;
    EXPECT_EQ(StatusOf("lateone1"), "1");
    EXPECT_EQ(TierOf("lateone1"), "database");
    EXPECT_EQ(One("SELECT count(*) FROM public.games WHERE migration_status IN (1, 2)"),
              std::string(until) == "detached" ? "2" : "1");
    EXPECT_EQ(Files(), first);
    EXPECT_EQ(Pgattic({"verify"}).code, 0);
    EXPECT_EQ(RowsByPyarrow("partitions/*/*/*.parquet").size(), 60U);
  }
  ASSERT_EQ(Pgattic({"archive"}).code, 0);
  EXPECT_EQ(TierOf("lateone1"), "archive");
  EXPECT_EQ(TierOf("latetwo2"), "archive");
  EXPECT_EQ(RowsByPyarrow("partitions/*/*/*.parquet").size(), 62U);
}

TEST_F(Rounds, KilledInTheRollbackOfALateRoundTheNextRunTidiesUp) {
  LoadMonths({1}, 40);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  ASSERT_EQ(Pgattic({"archive"}).code, 0);
  InsertLate("lateone1");
  for (const char* name : {"rollback.before_done", "rollback.after_done", "publish.after_metadata",
                           "cleanup.after_delete", "rollback.after_unpublish"}) {
    SCOPED_TRACE(name);
    ASSERT_EQ(Pgattic({"archive", "--until", "marked"}).code, 0);
    const Ran killed = Pgattic({"rollback", "past_games_2024_01"}, {{"PGATTIC_FAILPOINT", name}});
    EXPECT_EQ(killed.signal, SIGKILL) << killed.err;
    EXPECT_EQ(TierOf("lateone1"), "database");
    const Ran run = Pgattic({"archive", "--until", "planned"});
    ASSERT_EQ(run.code, 0) << run.err;
    Pgattic({"rollback", "past_games_2024_01"});
    EXPECT_EQ(TierOf("lateone1"), "database");
    EXPECT_EQ(StatusOf("lateone1"), "1");
    EXPECT_EQ(RowsByPyarrow("partitions/*/*/*.parquet").size(), 40U);
  }
}

// Its metadata names parts that the rollback deletes: that of the first round has to come back.
TEST_F(Rounds, ALateRoundKilledBeforeItsPublicationIsRecordedCanBeRolledBack) {
  LoadMonths({1}, 40);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  ASSERT_EQ(Pgattic({"archive"}).code, 0);
  InsertLate("lateone1");
  for (const char* name : {"publish.after_revision", "publish.after_checksums",
                           "publish.after_metadata", "publish.before_record"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(Pgattic({"archive"}, {{"PGATTIC_FAILPOINT", name}}).signal, SIGKILL);
    ASSERT_EQ(Pgattic({"rollback", "past_games_2024_01"}).code, 0);
    const Ran verify = Pgattic({"verify"});
    EXPECT_EQ(verify.code, 0) << verify.out;
    EXPECT_EQ(TierOf("lateone1"), "database");
  }
}

TEST_F(Rounds, APartOfTheFirstThatIsLostStopsALateSwapAndIsNamed) {
  LoadMonths({1}, 40);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  ASSERT_EQ(Pgattic({"archive"}).code, 0);
  InsertLate("lateone1");
  ASSERT_EQ(Pgattic({"archive", "--until", "marked"}).code, 0);
  const std::string key = One("SELECT key FROM pgattic.part WHERE round = 1");
  std::filesystem::remove(archive_folder() + "/" + key);
  const Ran ran = Pgattic({"archive"});
  EXPECT_EQ(ran.code, 1) << ran.out;
  EXPECT_NE(ran.err.find(key + " is gone; its rows are nowhere else"), std::string::npos)
      << ran.err;
  EXPECT_EQ(TierOf("lateone1"), "database");
}

TEST_F(Rounds, KilledWhileALateRoundIsEnrolled) {
  LoadMonths({1}, 40);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  ASSERT_EQ(Pgattic({"archive"}).code, 0);
  std::size_t rows = 40;
  for (const char* name : {"enrol.before_record", "enrol.after_record"}) {
    SCOPED_TRACE(name);
    InsertLate("late" + std::to_string(rows));
    EXPECT_EQ(Pgattic({"archive"}, {{"PGATTIC_FAILPOINT", name}}).signal, SIGKILL);
    ASSERT_EQ(Pgattic({"archive"}).code, 0);
    EXPECT_EQ(RowsByPyarrow("partitions/*/*/*.parquet").size(), ++rows);
  }
}

TEST_F(Rounds, AStatusThatWas3BeforeStays3AfterARollback) {
  LoadMonths({1}, 40);
  const std::string id =
      One("SELECT min(g.uuid) FROM public.games g JOIN public.past_games p ON p.gid = g.uuid AND "
          "p.created_at = g.created_at WHERE g.migration_status = 1");
  Sql("UPDATE public.games SET migration_status = 3 WHERE uuid = '" + id + "'");
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  ASSERT_EQ(Pgattic({"archive", "--until", "detached"}).code, 0);
  ASSERT_EQ(Pgattic({"rollback", "past_games_2024_01"}).code, 0);
  EXPECT_EQ(StatusOf(id), "3");
}

TEST_F(Rounds, ATableDroppedByHandIsStoodForByItsPartsOnRequestOnly) {
  for (const char* until : {"marked", "detached"}) {
    SCOPED_TRACE(until);
    GameArchive::SetUp();
    LoadMonths({1}, 40);
    ASSERT_EQ(Pgattic({"init"}).code, 0);
    ASSERT_EQ(Pgattic({"archive", "--until", until}).code, 0);
    Sql("DROP TABLE public.past_games_2024_01");
    const Ran refused = Pgattic({"archive"});
    EXPECT_EQ(refused.code, 1);
    EXPECT_NE(refused.err.find("--accept-lost-table"), std::string::npos) << refused.err;
    const Ran back = Pgattic({"rollback", "past_games_2024_01"});
    EXPECT_EQ(back.code, 1);
    EXPECT_NE(back.err.find("was dropped by hand"), std::string::npos) << back.err;
    EXPECT_EQ(RowsByPyarrow("partitions/*/*/*.parquet").size(), 40U);
    for (const char* name : {"lost.before_record", "lost.after_record"}) {
      Pgattic({"archive", "--accept-lost-table"}, {{"PGATTIC_FAILPOINT", name}});
    }
    EXPECT_EQ(Pgattic({"archive", "--accept-lost-table"}).code, 0);
    EXPECT_EQ(Pgattic({"verify"}).code, 0);
    EXPECT_EQ(RowsByPyarrow("partitions/*/*/*.parquet").size(), 40U);
  }
}

TEST_F(Rounds, ARollbackThatWouldDeleteTheOnlyCopyIsRefused) {
  LoadMonths({1}, 40);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  ASSERT_EQ(Pgattic({"archive", "--until", "detached"}).code, 0);
  const std::string id = One("SELECT min(gid) FROM public.past_games_2024_01");
  Sql("DELETE FROM public.past_games_2024_01 WHERE gid = '" + id + "'");
  const Ran refused = Pgattic({"rollback", "past_games_2024_01"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.err.find(id), std::string::npos) << refused.err;
  EXPECT_EQ(TierOf(id), "archive");
  EXPECT_EQ(Pgattic({"rollback", "past_games_2024_01", "--allow-shrink"}).code, 0);
}

TEST_F(Rounds, ARollbackDoesNotWaitForAGameThatSomebodyLocks) {
  LoadMonths({1}, 40);
  const std::string statuses =
      "SELECT string_agg(format('%s %s', uuid, migration_status), ',' ORDER BY id) FROM "
      "public.games";
  const std::string before = One(statuses);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  ASSERT_EQ(Pgattic({"archive", "--until", "marked"}).code, 0);
  Sql("BEGIN");
  Sql("SELECT FROM public.games FOR UPDATE");
  EXPECT_EQ(Pgattic({"rollback", "past_games_2024_01"}).code, 75);
  Sql("COMMIT");
  EXPECT_EQ(Pgattic({"rollback", "past_games_2024_01"}).code, 0);
  EXPECT_EQ(One(statuses), before);
}

TEST_F(Rounds, ARollbackPreparesWhatTheParentGained) {
  LoadMonths({1}, 40);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  ASSERT_EQ(Pgattic({"archive", "--until", "detached"}).code, 0);
  Sql("ALTER TABLE public.past_games ADD COLUMN note text NOT NULL DEFAULT 'x'");
  Sql("CREATE INDEX ON public.past_games (note, type)");
  Sql("ALTER TABLE public.past_games ADD CONSTRAINT typed CHECK (type >= 0)");
  InsertLate("lateone1");
  const Ran back = Pgattic({"rollback", "past_games_2024_01"});
  ASSERT_EQ(back.code, 0) << back.err;
  EXPECT_EQ(One("SELECT count(*) FROM public.past_games WHERE note = 'x'"), "41");
  EXPECT_EQ(One("SELECT count(*) FROM pg_index WHERE indrelid = "
                "'public.past_games_2024_01'::regclass AND indisvalid AND pg_get_indexdef("
                "indexrelid) LIKE '%(note, type)%'"),
            "1");
  EXPECT_EQ(One("SELECT count(*) FROM pg_constraint WHERE conname = 'pgattic_bounds'"), "0");
}

TEST_F(Rounds, AColumnThatTheParentLostIsForAPersonToDrop) {
  LoadMonths({1}, 40);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  ASSERT_EQ(Pgattic({"archive", "--until", "detached"}).code, 0);
  Sql("ALTER TABLE public.past_games DROP COLUMN winner_idx");
  const Ran back = Pgattic({"rollback", "past_games_2024_01"});
  EXPECT_EQ(back.code, 1);
  EXPECT_NE(back.err.find("winner_idx, which the parent has not"), std::string::npos) << back.err;
  Sql("ALTER TABLE public.past_games_2024_01 DROP COLUMN winner_idx");
  ASSERT_EQ(Pgattic({"rollback", "past_games_2024_01"}).code, 0);
  EXPECT_EQ(One("SELECT count(*) FROM public.past_games"), "40");
}

TEST_F(Rounds, AForeignObjectUnderAKeyIsLeftAlone) {
  LoadMonths({1}, 40);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  ASSERT_EQ(Pgattic({"archive"}).code, 0);
  InsertLate("lateone1");
  Sql("DROP SCHEMA pgattic CASCADE");
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  const Ran first = Pgattic({"archive"});
  EXPECT_EQ(first.code, 1);
  const Ran second = Pgattic({"archive"});
  EXPECT_EQ(second.code, 1);
  EXPECT_NE(second.err.find("reconciled"), std::string::npos) << second.err;
  EXPECT_EQ(RowsByPyarrow("partitions/*/*/*.parquet").size(), 40U);
  EXPECT_EQ(One("SELECT count(*) FROM public.past_games"), "1");
}

TEST_F(Rounds, SeveralColumnsOutOfRangeCostOneMoreExport) {
  LoadMonths({1}, 10);
  Sql("CREATE TABLE public.odd (id int NOT NULL, at date NOT NULL, d date, t timestamp, n "
      "numeric(9,2), c time, z timestamptz) PARTITION BY RANGE (at)");
  Sql("CREATE TABLE public.odd_1 PARTITION OF public.odd FOR VALUES FROM ('2024-01-01') TO "
      "('2024-02-01')");
  Sql("INSERT INTO public.odd VALUES (1, '2024-01-02', 'infinity', NULL, 1, '24:00', NULL), (2, "
      "'2024-01-03', NULL, '-infinity', 'NaN', '10:00', '12024-01-01')");
  std::ofstream(folder() + "/pgattic.toml")
      << "[database]\nurl = \"" << url() << "\"\n[archive]\nurl = \"file://" << archive_folder()
      << "\"\n[[source]]\ntable = \"public.odd\"\nid_column = \"id\"\ngrace = \"0\"\n";
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  for (const char* name : {"text.before_record", "text.after_record"}) {
    EXPECT_EQ(Pgattic({"archive"}, {{"PGATTIC_FAILPOINT", name}}).signal, SIGKILL) << name;
  }
  const Ran ran = Pgattic({"archive"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const auto row = Pgattic({"get", "2"}).json().at("row");
  EXPECT_EQ(row.at("t"), "-infinity");
  EXPECT_EQ(row.at("n"), "NaN");
  EXPECT_EQ(row.at("z"), "12024-01-01 00:00:00+00");
}

}  // namespace
}  // namespace pgattic::test
