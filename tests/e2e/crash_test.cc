// The program is killed at every failpoint there is; then a plain run ends what it began.
#include "crash_fixture.h"

namespace pgattic::test {
namespace {

TEST_F(Crash, KilledAnywhereInARunAPlainOneArchivesEveryRowOnce) {
  LoadMonths({1}, 50);
  Configure("file://" + archive_folder(), kSmallParts);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  KillEachOf(PointsOf(Scene::kRun), false);
}

// Whether a kill hits a filter's upload is chance: this one is made by hand.
TEST_F(Crash, AnUploadOfAFilterThatAKilledRunLeftIsEnded) {
  LoadMonths({1}, 40);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  Works({"archive", "--until", "verified"});
  const std::string filter = One("SELECT filter_key FROM pgattic.part");
  ASSERT_NE(filter, "");
  const std::string uploads = archive_folder() + "/.pgattic/uploads/" + filter;
  std::filesystem::create_directories(uploads);
  std::ofstream(uploads + "/dead.upload") << "half";
  Works({"rollback", kPartition});
  EXPECT_EQ(Files(), (std::vector<std::string>{"_pgattic_owner.json"}));
}

TEST_F(Crash, KilledWhileABucketIsWrittenNoUploadIsLeft) {
  LoadMonths({1}, 50);
  UseS3(kSmallParts);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  std::vector<std::string> points = PointsOf(Scene::kRun);
  std::erase_if(points, [](const std::string& point) {
    return point.starts_with("mark.") || point.starts_with("swap.") || point.starts_with("plan.");
  });
  KillEachOf(points, true);
}

TEST_F(Crash, KilledInARollbackASecondOneEndsIt) {
  LoadMonths({1}, 40);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  const std::vector<std::string> statuses = Statuses();
  std::vector<std::string> rows = RowsOfDatabase();
  for (const std::string& point : PointsOf(Scene::kRollback)) {
    SCOPED_TRACE(point);
    Works({"archive", "--until", "detached"});
    // A late row has to come back as well; rollbacks move them in batches.
    Sql("INSERT INTO public.past_games (gid, created_at, game_end_reason, type) VALUES ('late" +
        std::to_string(rows.size()) + "', '2024-01-20', 2, 0)");
    rows.push_back(RowsOfDatabase().front());
    std::sort(rows.begin(), rows.end());
    KilledAt(point, {"rollback", kPartition});
    Works({"rollback", kPartition});
    EXPECT_EQ(RowsOfDatabase(), rows);
    EXPECT_EQ(Statuses(), statuses);
    EXPECT_EQ(Files(), (std::vector<std::string>{"_pgattic_owner.json"}));
  }
}

TEST_F(Crash, KilledInTheDropNothingIsLost) {
  const std::vector<std::string> points = PointsOf(Scene::kDrop);
  const std::vector<std::string> rows = LoadAMonthEach(points);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  for (std::size_t i = 0; i < points.size(); ++i) {
    SCOPED_TRACE(points[i]);
    const std::string partition = PartitionOf(i);
    KilledAt(points[i], {"archive", "--partition", partition});
    Works({"archive", "--partition", partition});
    EXPECT_EQ(One("SELECT to_regclass('public." + partition + "') IS NULL"), "t");
  }
  EXPECT_EQ(RowsByPyarrow(kParquet), rows);
  NothingIsLeftOver();
}

// A cell changes before the swap: the part is made again and the former one deleted.
TEST_F(Crash, KilledWhileChangedPartsAreMadeAgain) {
  const std::vector<std::string> points = PointsOf(Scene::kChange);
  LoadMonths({1}, 40);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  const auto until = [](const std::string& phase) -> std::vector<std::string> {
    return {"archive", "--source-allow-changes", "true", "--until", phase};
  };
  int reason = 100;
  for (const std::string& point : points) {
    SCOPED_TRACE(point);
    Works(until("marked"));
    Sql("UPDATE public.past_games SET game_end_reason = " + std::to_string(++reason) +
        " WHERE gid = (SELECT min(gid) FROM public.past_games)");
    const std::vector<std::string> rows = RowsOfDatabase();
    KilledAt(point, until("detached"));
    Works(until("detached"));
    NothingIsLeftOver();
    EXPECT_EQ(RowsByPyarrow(kParquet), rows);
    Works({"rollback", kPartition});
    EXPECT_EQ(RowsOfDatabase(), rows);
  }
}

// A bit flips in the store: the proof rejects the part, and it is made again.
TEST_F(Crash, KilledWhileADamagedPartIsRejected) {
  LoadMonths({1}, 40);
  const std::vector<std::string> rows = RowsOfDatabase();
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  for (const std::string& point : PointsOf(Scene::kReject)) {
    SCOPED_TRACE(point);
    Works({"archive", "--until", "uploaded"});
    const std::string part = archive_folder() + "/" + One("SELECT key FROM pgattic.part");
    std::filesystem::resize_file(part, std::filesystem::file_size(part) / 2);
    KilledAt(point, {"archive", "--until", "detached"});
    Pgattic({"archive", "--until", "detached"});  // May find the damage once more.
    Works({"archive", "--until", "detached"});
    NothingIsLeftOver();
    EXPECT_EQ(RowsByPyarrow(kParquet), rows);
    Works({"rollback", kPartition});
  }
}

TEST_F(Crash, KilledWhileLateRowsAreEnrolled) {
  LoadMonths({1}, 40);
  std::vector<std::string> rows = RowsOfDatabase();
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  Works({"archive"});
  for (const std::string& point : PointsOf(Scene::kLateRound)) {
    SCOPED_TRACE(point);
    Sql("INSERT INTO public.past_games (gid, created_at, game_end_reason, type) VALUES ('late" +
        std::to_string(rows.size()) + "', '2024-01-20', 2, 0)");
    rows.push_back(RowsOfDatabase().front());
    KilledAt(point, {"archive"});
    Works({"archive"});
    NothingIsLeftOver();
  }
  std::sort(rows.begin(), rows.end());
  EXPECT_EQ(RowsByPyarrow(kParquet), rows);
}

// A date that Arrow cannot hold makes its column travel as text, after a new start.
TEST_F(Crash, KilledWhileAColumnTurnsIntoText) {
  LoadMonths({1}, 20);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  for (const std::string& point : PointsOf(Scene::kText)) {
    SCOPED_TRACE(point);
    Sql("UPDATE public.past_games SET created_at = created_at");
    Sql("CREATE TABLE public.odd (id int NOT NULL, at date NOT NULL, d date) PARTITION BY RANGE "
        "(at)");
    Sql("CREATE TABLE public.odd_1 PARTITION OF public.odd FOR VALUES FROM ('2024-01-01') TO "
        "('2024-02-01')");
    Sql("INSERT INTO public.odd VALUES (1, '2024-01-02', 'infinity'), (2, '2024-01-03', NULL)");
    ConfigureSource("[[source]]\ntable = \"public.odd\"\nid_column = \"id\"\n");
    KilledAt(point, {"archive", "--until", "detached"});
    Works({"archive", "--until", "detached"});
    EXPECT_EQ(Pgattic({"get", "1"}).json().at("row").at("d"), "infinity");
    Works({"rollback", "odd_1"});
    EXPECT_EQ(One("SELECT count(*) FROM public.odd WHERE d = 'infinity' OR d IS NULL"), "2");
    Sql("DROP TABLE public.odd");
  }
}

TEST_F(Crash, KilledWhileACopyIsMadeEveryObjectIsInBothStores) {
  const std::vector<std::string> points = PointsOf(Scene::kCopy);
  const std::vector<std::string> rows = LoadAMonthEach(points);
  std::filesystem::create_directories(folder() + "/copy");
  Configure("file://" + archive_folder(), "[copy]\nurl = \"file://" + folder() + "/copy\"");
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  for (std::size_t i = 0; i < points.size(); ++i) {
    SCOPED_TRACE(points[i]);
    const std::string partition = PartitionOf(i);
    KilledAt(points[i], {"archive", "--partition", partition});
    EXPECT_EQ(One("SELECT to_regclass('public." + partition + "') IS NULL"), "f");
    Works({"archive", "--partition", partition});
    EXPECT_EQ(One("SELECT to_regclass('public." + partition + "') IS NULL"), "t");
  }
  EXPECT_EQ(RowsByPyarrow(kParquet), rows);
  EXPECT_EQ(RowsByPyarrow(std::string("../copy/") + kParquet), rows);
  NothingIsLeftOver();
}

TEST_F(Crash, KilledWhileALostTableIsAccepted) {
  const std::vector<std::string> points = PointsOf(Scene::kLost);
  const std::vector<std::string> rows = LoadAMonthEach(points);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  for (std::size_t i = 0; i < points.size(); ++i) {
    SCOPED_TRACE(points[i]);
    const std::string partition = PartitionOf(i);
    Works({"archive", "--partition", partition, "--until", "detached"});
    Sql("DROP TABLE public." + partition);
    const std::vector<std::string> accept = {"archive", "--partition", partition,
                                             "--accept-lost-table"};
    KilledAt(points[i], accept);
    Works(accept);
  }
  EXPECT_EQ(RowsByPyarrow(kParquet), rows);
}

}  // namespace
}  // namespace pgattic::test
