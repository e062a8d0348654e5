// The program is killed at every failpoint there is; then a plain run ends what it began.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "game_archive.h"

namespace pgattic::test {
namespace {

const std::string kPartition = "past_games_2024_01";  // NOLINT(cert-err58-cpp): a test's name
constexpr const char* kParquet = "partitions/*/*/*.parquet";
constexpr const char* kSmallParts = "workers = 2\nsingle_part_size = 1\npart_size = \"128KiB\"";

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = text.find('\n', start);
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

/// Where a failpoint is passed. Each has a test below; a name that fits none fails them.
enum class Scene { kRun, kLateRound, kText, kReject, kChange, kDrop, kLost, kRollback, kNone };

Scene SceneOf(const std::string& name) {
  const std::pair<const char*, Scene> scenes[] = {
      {"plan.", Scene::kRun},      {"claim.", Scene::kRun},       {"export.", Scene::kRun},
      {"part.", Scene::kRun},      {"filter.", Scene::kRun},      {"proof.", Scene::kRun},
      {"verified.", Scene::kRun},  {"publish.", Scene::kRun},     {"mark.", Scene::kRun},
      {"swap.", Scene::kRun},      {"enrol.", Scene::kLateRound}, {"text.", Scene::kText},
      {"reject.", Scene::kReject}, {"changed.", Scene::kChange},  {"cleanup.", Scene::kChange},
      {"drop.", Scene::kDrop},     {"lost.", Scene::kLost},       {"rollback.", Scene::kRollback}};
  for (const auto& [prefix, scene] : scenes) {
    if (name.starts_with(prefix)) return scene;
  }
  return Scene::kNone;
}

/// Passed once a part, or once a batch: killed at the second pass too.
bool IsPassedOften(const std::string& name) {
  return name.starts_with("part.") || name.starts_with("filter.") || name.starts_with("proof.");
}

class Crash : public GameArchive {
 protected:
  /// The failpoints of a scene, as PGATTIC_FAILPOINT takes them.
  std::vector<std::string> PointsOf(Scene scene) {
    const Ran listed = Pgattic({"doctor", "--list-failpoints"});
    EXPECT_EQ(listed.code, 0) << listed.err;
    std::vector<std::string> points;
    for (const std::string& name : Lines(listed.out)) {
      EXPECT_NE(SceneOf(name), Scene::kNone) << name << " has no test";
      if (SceneOf(name) != scene) continue;
      points.push_back(name);
      if (IsPassedOften(name)) points.push_back(name + ":2");
    }
    EXPECT_FALSE(points.empty());
    return points;
  }
  /// Runs and expects to be killed there.
  void KilledAt(const std::string& point, const std::vector<std::string>& arguments) {
    const Ran killed = Pgattic(arguments, {{"PGATTIC_FAILPOINT", point}});
    EXPECT_EQ(killed.signal, SIGKILL) << point << " was not passed: " << killed.out << killed.err;
  }
  void Works(const std::vector<std::string>& arguments) {
    const Ran ran = Pgattic(arguments);
    ASSERT_EQ(ran.code, 0) << ran.out << ran.err;
  }
  /// Loads a month for each point, in their order; returns all rows.
  std::vector<std::string> LoadAMonthEach(const std::vector<std::string>& points) {
    std::vector<int> months(points.size());
    std::iota(months.begin(), months.end(), 1);
    LoadMonths(months, 40);
    return RowsOfDatabase();
  }
  static std::string PartitionOf(std::size_t point) {
    return "past_games_2024_0" + std::to_string(point + 1);
  }
  /// No part but those that are published, and no object but theirs.
  void NothingIsLeftOver() {
    EXPECT_EQ(One("SELECT count(*) FROM pgattic.part WHERE NOT published OR state <> 'verified'"),
              "0");
    const auto published =
        Sql("SELECT key FROM pgattic.part UNION ALL SELECT filter_key FROM pgattic.part WHERE "
            "filter_key <> '' ORDER BY 1");
    std::vector<std::string> data = Files();
    std::erase_if(data, [](const std::string& file) {
      return file.ends_with(".json") || file.ends_with("_checksums.sha256");
    });
    EXPECT_EQ(data, published);
  }
  /// Keeps the Parquet files under another name, to be read with all others at the end.
  void Keep(const std::string& name) {
    namespace fs = std::filesystem;
    fs::create_directories(folder() + "/kept");
    fs::copy(archive_folder() + "/partitions", folder() + "/kept/" + name,
             fs::copy_options::recursive);
    kept_.push_back(name);
  }
  /// Every archive that was kept holds these rows, each as often as it stands there.
  void EachKeptHolds(const std::vector<std::string>& rows) {
    for (const std::string& name : kept_) {
      SCOPED_TRACE(name);
      EXPECT_EQ(RowsByPyarrow("../kept/" + name + "/*/*/*.parquet"), rows);
    }
  }

  /// Kills at each point, goes on, compares what is there, rolls back, compares again.
  void KillEachOf(const std::vector<std::string>& points, bool is_s3) {
    const std::vector<std::string> rows = RowsOfDatabase();
    const std::vector<std::string> statuses = Statuses();
    std::vector<std::string> marked;
    for (const std::string& point : points) {
      SCOPED_TRACE(point);
      KilledAt(point, {"archive", "--until", "detached"});
      Works({"archive", "--until", "detached"});
      EXPECT_EQ(One("SELECT count(*) FROM public.past_games"), "0");
      EXPECT_NE(Statuses(), statuses);
      if (marked.empty()) marked = Statuses();
      EXPECT_EQ(Statuses(), marked);
      NothingIsLeftOver();
      if (is_s3) Download();
      Keep(point);
      Works({"rollback", kPartition});
      EXPECT_EQ(RowsOfDatabase(), rows);
      EXPECT_EQ(Statuses(), statuses);
      EXPECT_EQ(Files(), (std::vector<std::string>{"_pgattic_owner.json"}));
    }
    EachKeptHolds(rows);
  }

 private:
  std::vector<std::string> kept_;
};

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
