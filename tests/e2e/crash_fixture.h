// Crash: the program is killed at a failpoint; then a plain run ends what it began.
#pragma once

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "game_archive.h"

namespace pgattic::test {

inline std::vector<std::string> Lines(const std::string& text) {
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
enum class Scene {
  kRun,
  kLateRound,
  kText,
  kReject,
  kChange,
  kDrop,
  kLost,
  kRollback,
  kRestore,  ///< restore_test.cc, attacks/reconcile_test.cc
  kCopy,
  kScrub,
  kErase,
  kEraseAgain,
  kRollout,
  kSchedule,
  kNone
};

inline Scene SceneOf(const std::string& name) {
  const std::pair<const char*, Scene> scenes[] = {
      {"plan.", Scene::kRun},          {"claim.", Scene::kRun},
      {"export.", Scene::kRun},        {"part.", Scene::kRun},
      {"filter.", Scene::kRun},        {"narrow.", Scene::kRun},
      {"proof.", Scene::kRun},         {"verified.", Scene::kRun},
      {"publish.", Scene::kRun},       {"mark.", Scene::kRun},
      {"swap.", Scene::kRun},          {"enrol.", Scene::kLateRound},
      {"text.", Scene::kText},         {"reject.", Scene::kReject},
      {"changed.", Scene::kChange},    {"cleanup.", Scene::kChange},
      {"drop.", Scene::kDrop},         {"lost.", Scene::kLost},
      {"rollback.", Scene::kRollback}, {"copy.", Scene::kCopy},
      {"replace.", Scene::kScrub},     {"scrub.", Scene::kScrub},
      {"garbage.", Scene::kScrub},     {"erase.", Scene::kErase},
      {"attach.", Scene::kRollback},   {"restore.", Scene::kRestore},
      {"reconcile.", Scene::kRestore}, {"rebuild.", Scene::kRestore},
      {"rollout.", Scene::kRollout},   {"schedule.", Scene::kSchedule}};
  if (name.ends_with("_erase_again")) return Scene::kEraseAgain;
  for (const auto& [prefix, scene] : scenes) {
    if (name.starts_with(prefix)) return scene;
  }
  return Scene::kNone;
}

/// Passed once a part, or once a batch: killed at the second pass too.
inline bool IsPassedOften(const std::string& name) {
  return name.starts_with("part.") || name.starts_with("filter.") || name.starts_with("narrow.") ||
         name.starts_with("proof.");
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
            "filter_key <> '' UNION ALL SELECT replace(key, 'partitions/', 'narrow/') FROM "
            "pgattic.part WHERE narrow IS NOT NULL ORDER BY 1");
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

}  // namespace pgattic::test
