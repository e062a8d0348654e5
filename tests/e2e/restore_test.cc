// `pgattic restore`: a month comes back from its parts, whole or by ids.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "game_archive.h"
#include "lookup/source_reader.h"
#include "store/file_object_store.h"

namespace pgattic::test {
namespace {

// The generator makes some rows of the same id.
constexpr const char* kOneRowAnId =
    "DELETE FROM public.past_games a USING public.past_games b "
    "WHERE a.gid = b.gid AND a.ctid > b.ctid";

class Restore : public GameArchive {
 protected:
  void Refused(const std::vector<std::string>& arguments, const std::string& words) {
    const Ran ran = Pgattic(arguments);
    EXPECT_EQ(ran.code, 1) << ran.out << ran.err;
    EXPECT_NE(ran.err.find(words), std::string::npos) << ran.err;
  }
  /// A month with statuses of all kinds and parts of several ranges, archived; `before` is SQL
  /// that runs on the loaded rows.
  void ArchiveJanuary(int rows, const std::string& before = "SELECT 1") {
    LoadMonths({1}, rows);
    Sql(before);
    Sql("UPDATE public.games SET migration_status = 2 WHERE id % 5 = 0");
    Sql("UPDATE public.games SET migration_status = 3 WHERE id % 7 = 0");
    Configure("file://" + archive_folder(), kSmallParts);
    Works({"init"});
    rows_ = RowsOfDatabase();
    statuses_ = Statuses();
    Works({"archive"});
    EXPECT_EQ(One("SELECT count(*) FROM public.past_games"), "0");
  }
  void InsertLate(const std::string& id) {
    Sql("INSERT INTO public.past_games (gid, created_at, game_end_reason, type) VALUES ('" + id +
        "', '2024-01-20', 2, 0)");
  }
  /// The month is one partition under its own name, and the database alone has its rows.
  void IsAPartitionAgain() {
    EXPECT_EQ(One("SELECT string_agg(inhrelid::regclass::text, ',') FROM pg_inherits WHERE "
                  "inhparent = 'public.past_games'::regclass"),
              "public." + kPartition);
    EXPECT_EQ(One("SELECT phase || round FROM pgattic.archive"), "planned1");
    EXPECT_EQ(One("SELECT count(*) FROM pg_constraint WHERE conname LIKE 'pgattic%'"), "0");
    EXPECT_EQ(One("SELECT count(*) FROM pgattic.former_status"), "0");
    const std::string id = One("SELECT min(gid) FROM public.past_games");
    const auto json = Pgattic({"get", id}).json();
    EXPECT_EQ(json.value("tier", "?"), "database");
  }

  std::vector<std::string> rows_;      ///< Of the month before it was archived.
  std::vector<std::string> statuses_;  ///< Likewise.
};

TEST_F(Restore, ADroppedMonthIsAPartitionAgainWithItsRowsAndStatuses) {
  ArchiveJanuary(60);
  ASSERT_NE(Statuses(), statuses_);
  const std::vector<std::string> files = Files();
  const Ran ran = Pgattic({"restore", kPartition, "--json"});
  ASSERT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_EQ(ran.json().value("rows", 0), 60);
  EXPECT_EQ(ran.json().value("table", ""), "public." + kPartition);
  EXPECT_EQ(ran.json().value("phase", ""), "planned");
  EXPECT_EQ(RowsOfDatabase(), rows_);
  EXPECT_EQ(Statuses(), statuses_);
  IsAPartitionAgain();
  EXPECT_EQ(Files(), files);
  Works({"verify"});
  Works({"restore", kPartition});
  EXPECT_EQ(RowsOfDatabase(), rows_);
}

TEST_F(Restore, LateRowsAndLaterRoundsComeBackAsWell) {
  ArchiveJanuary(40);
  for (const char* id : {"late1", "late2", "late3"}) {
    InsertLate(id);
    if (std::string(id) != "late3") Works({"archive"});
  }
  EXPECT_EQ(One("SELECT round FROM pgattic.archive"), "3");
  EXPECT_EQ(TierOf("late2"), "archive");
  Works({"restore", kPartition});
  std::vector<std::string> rows = RowsOfDatabase();
  EXPECT_EQ(rows.size(), rows_.size() + 3);
  std::erase_if(rows, [](const std::string& row) { return row.starts_with("late"); });
  EXPECT_EQ(rows, rows_);
  EXPECT_EQ(Statuses(), statuses_);
  IsAPartitionAgain();
}

TEST_F(Restore, WhatWasRestoredIsArchivedAgainByNameOnlyAndReplacesItsObjects) {
  ArchiveJanuary(40);
  Works({"restore", kPartition});
  const auto plan = Pgattic({"plan", "--json"}).json();
  EXPECT_NE(plan.dump().find("was restored"), std::string::npos) << plan.dump();
  Works({"archive"});
  EXPECT_EQ(RowsOfDatabase(), rows_);
  const std::vector<std::string> former = Files();
  Works({"archive", "--partition", kPartition});
  EXPECT_EQ(One("SELECT phase FROM pgattic.archive"), "archived");
  EXPECT_EQ(RowsByPyarrow("partitions/*/*/*.parquet"), rows_);
  for (const std::string& file : Files()) {
    const bool is_data = file.ends_with(".parquet") || file.ends_with(".idfilter");
    const bool was_there = std::find(former.begin(), former.end(), file) != former.end();
    EXPECT_FALSE(is_data && was_there) << file;
  }
  Works({"verify"});
  Works({"restore", kPartition});
  EXPECT_EQ(RowsOfDatabase(), rows_);
  EXPECT_EQ(Statuses(), statuses_);
}

TEST_F(Restore, ARollbackDeletesTheObjectsOfWhatWasRestoredUnlessARowIsMissing) {
  ArchiveJanuary(40);
  Works({"restore", kPartition});
  Sql("DELETE FROM public.past_games WHERE gid = (SELECT min(gid) FROM public.past_games)");
  const std::vector<std::string> files = Files();
  Refused({"rollback", kPartition}, "no longer does");
  EXPECT_EQ(Files(), files);
  Works({"rollback", kPartition, "--allow-shrink"});
  EXPECT_EQ(Files(), (std::vector<std::string>{"_pgattic_owner.json"}));
  EXPECT_EQ(RowsOfDatabase().size(), rows_.size() - 1);
}

TEST_F(Restore, ADamagedPartIsFoundBeforeAnythingIsAttached) {
  ArchiveJanuary(60);
  const std::string part =
      archive_folder() + "/" + One("SELECT key FROM pgattic.part ORDER BY number LIMIT 1");
  std::fstream file(part, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(2000);
  file.put('\x5a');
  file.close();
  Refused({"restore", kPartition}, "damaged");
  EXPECT_EQ(One("SELECT phase FROM pgattic.archive"), "archived");
  EXPECT_EQ(One("SELECT count(*) FROM public.past_games"), "0");
}

TEST_F(Restore, AKeyThatALateRowHasTooStopsItAndChangesNothing) {
  ArchiveJanuary(40, kOneRowAnId);
  const std::string id = rows_.front().substr(0, rows_.front().find('\x1f'));
  const std::string at = Pgattic({"get", id}).json().at("row").at("created_at").get<std::string>();
  Sql("CREATE UNIQUE INDEX ON public.past_games (gid, created_at)");
  Sql("INSERT INTO public.past_games (gid, created_at, game_end_reason, type) VALUES ('" + id +
      "', '" + at + "', 9, 0)");
  Refused({"restore", kPartition}, "no unique key reaches");
  EXPECT_EQ(One("SELECT phase FROM pgattic.archive"), "archived");
  EXPECT_EQ(One("SELECT count(*) FROM public.past_games"), "1");
  Sql("DELETE FROM public.past_games");
  Works({"restore", kPartition});
  EXPECT_EQ(RowsOfDatabase(), rows_);
}

TEST_F(Restore, WhoWritesToTheTableMeanwhileStopsIt) {
  ArchiveJanuary(40);
  const Ran killed =
      Pgattic({"restore", kPartition}, {{"PGATTIC_FAILPOINT", "restore.after_proof"}});
  EXPECT_EQ(killed.signal, SIGKILL) << killed.err;
  Sql("UPDATE public." + kPartition + " SET type = 77 WHERE gid = (SELECT min(gid) FROM public." +
      kPartition + ")");
  Refused({"restore", kPartition}, "not the 40 of the archive");
  EXPECT_EQ(One("SELECT count(*) FROM public.past_games"), "0");
  Sql("DROP TABLE public." + kPartition);
  Works({"restore", kPartition});
  EXPECT_EQ(RowsOfDatabase(), rows_);
}

TEST_F(Restore, WhatIsNotArchivedIsRefusedWithItsRemedy) {
  LoadMonths({1}, 40);
  Works({"init"});
  Works({"archive", "--until", "detached"});
  Refused({"restore", kPartition}, "pgattic rollback");
  Works({"archive"});
  InsertLate("late1");
  Works({"archive", "--until", "marked"});
  Refused({"restore", kPartition}, "late rows are being archived");
  EXPECT_EQ(Pgattic({"restore", kPartition, "--ids", "x"}).code, 2);
}

TEST_F(Restore, KilledAnywhereASecondOneEndsIt) {
  const auto listed = Pgattic({"doctor", "--list-failpoints"});
  std::vector<std::string> points;
  std::string line;
  for (const char c : listed.out) {
    if (c != '\n') {
      line += c;
      continue;
    }
    const bool is_of_forget = line.starts_with("restore.") && line.ends_with("_forget");
    if ((line.starts_with("restore.") && !is_of_forget) || line.starts_with("attach.")) {
      points.push_back(line);
      if (line == "restore.after_record") points.push_back(line + ":2");
    }
    line.clear();
  }
  ASSERT_GT(points.size(), 14U);
  ArchiveJanuary(60);
  for (const std::string& point : points) {
    SCOPED_TRACE(point);
    const Ran killed = Pgattic({"restore", kPartition}, {{"PGATTIC_FAILPOINT", point}});
    EXPECT_EQ(killed.signal, SIGKILL) << point << " was not passed: " << killed.err;
    EXPECT_EQ(TierOf(rows_.front().substr(0, rows_.front().find('\x1f'))),
              One("SELECT phase FROM pgattic.archive") == "archived" ? "archive" : "database");
    Works({"restore", kPartition});
    EXPECT_EQ(RowsOfDatabase(), rows_);
    EXPECT_EQ(Statuses(), statuses_);
    IsAPartitionAgain();
    Works({"archive", "--partition", kPartition});
  }
  for (const char* point : {"restore.before_forget", "restore.after_forget"}) {
    SCOPED_TRACE(point);
    Works({"restore", kPartition});
    const Ran killed = Pgattic({"rollback", kPartition}, {{"PGATTIC_FAILPOINT", point}});
    EXPECT_EQ(killed.signal, SIGKILL) << killed.err;
    Works({"rollback", kPartition});
    EXPECT_EQ(Files(), (std::vector<std::string>{"_pgattic_owner.json"}));
    Works({"archive", "--partition", kPartition});
  }
}

// The archive goes on where the restore was killed: nothing of statuses is forgotten.
TEST_F(Restore, AnArchiveAfterAKilledRestoreEndsItFirst) {
  ArchiveJanuary(60);
  const std::vector<std::string> marked = Statuses();
  const Ran killed =
      Pgattic({"restore", kPartition}, {{"PGATTIC_FAILPOINT", "attach.after_commit"}});
  EXPECT_EQ(killed.signal, SIGKILL) << killed.err;
  Works({"archive", "--partition", kPartition});
  EXPECT_EQ(Statuses(), marked);
  Works({"restore", kPartition});
  EXPECT_EQ(RowsOfDatabase(), rows_);
  EXPECT_EQ(Statuses(), statuses_);
}

TEST_F(Restore, AReaderNeverMissesARowNorFindsItTwice) {
  ArchiveJanuary(120, kOneRowAnId);
  pg::Pool pool(pg::ConnectOptions{url(), "reader"}, 4);
  auto store = store::FileObjectStore::Open({archive_folder()});
  ASSERT_TRUE(store.ok()) << store.status().ToString();
  catalog::SourceTable source;
  {
    auto lease = pool.Acquire({});
    ASSERT_TRUE(lease.ok());
    source = catalog::LoadSource({}, **lease, {"public", "past_games"}, "gid").value();
  }
  lookup::SourceReader reader(lookup::Backends{pool, **store, nullptr, nullptr}, source, {});
  const auto program = Begin({"restore", kPartition}, {});
  std::size_t asked = 0;
  for (bool is_over = false; !is_over || asked < rows_.size();) {
    is_over = program->TryWait().has_value();
    const std::string& row = rows_[asked++ % rows_.size()];
    const auto answer = reader.Get(OpContext(), row.substr(0, row.find('\x1f')), std::nullopt);
    ASSERT_TRUE(answer.ok()) << answer.status().ToString();
    ASSERT_EQ(answer->availability, lookup::Availability::kAvailable) << asked;
    ASSERT_EQ(answer->duplicates, 0) << asked;
  }
  EXPECT_TRUE(program->Wait(OpContext())->ok()) << program->Stderr();
  EXPECT_EQ(RowsOfDatabase(), rows_);
}

TEST_F(Restore, ChosenRowsAreLoadedIntoATableOfTheirOwn) {
  ArchiveJanuary(60);
  const auto id_of = [&](std::size_t row) { return rows_[row].substr(0, rows_[row].find('\x1f')); };
  const std::string ids = folder() + "/ids";
  std::ofstream(ids) << id_of(3) << "\n\n" << id_of(50) << "\r\n";
  const Ran ran = Pgattic({"restore", kPartition, "--ids", ids, "--into", "chosen", "--json"});
  ASSERT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_EQ(ran.json().value("rows", 0), 2);
  EXPECT_EQ(Sql("SELECT gid FROM public.chosen ORDER BY gid COLLATE \"C\""),
            (std::vector<std::string>{id_of(3), id_of(50)}));
  EXPECT_EQ(One("SELECT phase FROM pgattic.archive"), "archived");
  Refused({"restore", kPartition, "--ids", ids, "--into", "public.chosen"}, "holds rows");
  Refused({"restore", kPartition, "--ids", ids, "--into", "nowhere.chosen"}, "there is no schema");
  Sql("TRUNCATE public.chosen");
  std::ofstream(ids, std::ios::app) << "no-such-id\n";
  const Ran partly = Pgattic({"restore", kPartition, "--ids", ids, "--into", "chosen", "--json"});
  EXPECT_EQ(partly.code, 1) << partly.err;
  EXPECT_EQ(partly.json().at("absent"), nlohmann::json({"no-such-id"}));
  EXPECT_EQ(One("SELECT count(*) FROM public.chosen"), "2");
}

}  // namespace
}  // namespace pgattic::test
