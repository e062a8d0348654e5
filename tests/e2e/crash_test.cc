#include <csignal>

#include "game_archive.h"

namespace pgattic::test {
namespace {

class Crash : public GameArchive {};

constexpr const char* kSmallParts = "workers = 2\nsingle_part_size = 1\npart_size = \"128KiB\"";

std::vector<std::string> Failpoints(const Ran& listed) {
  std::vector<std::string> names;
  std::size_t start = 0;
  while (start < listed.out.size()) {
    const std::size_t end = listed.out.find('\n', start);
    names.push_back(listed.out.substr(start, end - start));
    start = end + 1;
  }
  return names;
}

bool IsOfRollback(const std::string& name) { return name.starts_with("rollback."); }

/// Passed only when rows change under a run; proof_test's business.
bool NeedsChange(const std::string& name) {
  for (const char* prefix : {"changed.", "cleanup.", "enrol.", "text.", "reject.", "lost."}) {
    if (name.starts_with(prefix)) return true;
  }
  return false;
}

// The months are archived one after the other, each killed at another failpoint.
TEST_F(Crash, KilledAnywhereAPlainRerunArchivesEveryRowOnce) {
  LoadMonths({1}, 60);
  Configure("file://" + archive_folder(), kSmallParts);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  const Ran listed = Pgattic({"doctor", "--list-failpoints"});
  ASSERT_EQ(listed.code, 0) << listed.err;
  const std::string rows = "SELECT count(*) FROM public.past_games";
  const std::string statuses =
      "SELECT string_agg(id || ':' || coalesce(migration_status, -1), ',' ORDER BY id) FROM "
      "public.games";
  const std::string before = One(statuses);
  for (const std::string& name : Failpoints(listed)) {
    if (IsOfRollback(name) || NeedsChange(name) || name.starts_with("drop.")) continue;
    SCOPED_TRACE(name);
    const Ran killed = Pgattic({"archive", "--until", "detached"}, {{"PGATTIC_FAILPOINT", name}});
    EXPECT_EQ(killed.signal, SIGKILL) << killed.err;
    const Ran rerun = Pgattic({"archive", "--until", "detached"});
    ASSERT_EQ(rerun.code, 0) << rerun.out << rerun.err;
    EXPECT_EQ(One(rows), "0");
    EXPECT_EQ(RowsByPyarrow("partitions/*/*/*.parquet").size(), 60U);
    EXPECT_EQ(One("SELECT count(*) FROM pgattic.part WHERE NOT published"), "0");
    EXPECT_EQ(Pgattic({"verify"}).code, 0);
    const Ran back = Pgattic({"rollback", "past_games_2024_01"});
    ASSERT_EQ(back.code, 0) << back.err;
    EXPECT_EQ(One(rows), "60");
    EXPECT_EQ(One(statuses), before);
    EXPECT_EQ(Files(), (std::vector<std::string>{"_pgattic_owner.json"}));
  }
}

TEST_F(Crash, KilledInARollbackASecondOneEndsIt) {
  LoadMonths({1}, 60);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  for (const std::string& name : Failpoints(Pgattic({"doctor", "--list-failpoints"}))) {
    if (!IsOfRollback(name)) continue;
    SCOPED_TRACE(name);
    ASSERT_EQ(Pgattic({"archive", "--until", "detached"}).code, 0);
    const Ran killed = Pgattic({"rollback", "past_games_2024_01"}, {{"PGATTIC_FAILPOINT", name}});
    EXPECT_EQ(killed.signal, SIGKILL) << killed.err;
    const Ran back = Pgattic({"rollback", "past_games_2024_01"});
    ASSERT_EQ(back.code, 0) << back.err;
    EXPECT_EQ(One("SELECT count(*) FROM public.past_games"), "60");
    EXPECT_EQ(One("SELECT count(*) FROM public.games WHERE migration_status = 3"), "0");
    EXPECT_EQ(Files(), (std::vector<std::string>{"_pgattic_owner.json"}));
  }
}

TEST_F(Crash, KilledInTheDropNothingIsLost) {
  std::vector<std::string> names = {"drop.before_begin", "drop.before_drop", "drop.before_commit",
                                    "drop.after_commit"};
  LoadMonths({1, 2, 3, 4}, 40);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  for (std::size_t i = 0; i < names.size(); ++i) {
    SCOPED_TRACE(names[i]);
    const std::string partition = "past_games_2024_0" + std::to_string(i + 1);
    const Ran killed =
        Pgattic({"archive", "--partition", partition}, {{"PGATTIC_FAILPOINT", names[i]}});
    EXPECT_EQ(killed.signal, SIGKILL) << killed.err;
    const Ran rerun = Pgattic({"archive", "--partition", partition});
    ASSERT_EQ(rerun.code, 0) << rerun.out << rerun.err;
    EXPECT_EQ(One("SELECT to_regclass('public." + partition + "') IS NULL"), "t");
  }
  EXPECT_EQ(RowsByPyarrow("partitions/*/*/*.parquet").size(), 160U);
}

}  // namespace
}  // namespace pgattic::test
