// Killed while something is mended or erased; the same command then ends what it began.
#include "cache/redis_server_fixture.h"
#include "crash_fixture.h"
#include "store/file_object_store.h"

namespace pgattic::test {
namespace {

namespace fs = std::filesystem;

class UpkeepCrash : public Crash {
 protected:
  void UseCopy() {
    fs::create_directories(folder() + "/copy");
    Configure("file://" + archive_folder(),
              std::string(kSmallParts) + "\n[copy]\nurl = \"file://" + folder() + "/copy\"");
  }
  static void Damage(const std::string& path) { fs::resize_file(path, fs::file_size(path) - 1); }
  /// Ids of the month, sorted, each once: the generator makes some rows of the same id.
  std::vector<std::string> Ids() {
    return Sql("SELECT gid FROM public.past_games GROUP BY gid ORDER BY gid COLLATE \"C\"");
  }
  /// Kills an erasure of one id after another, each at one point; then the same is asked again.
  void EraseAtEach(const std::vector<std::string>& points, std::vector<std::string> ids,
                   std::vector<std::string> rows,
                   const std::map<std::string, std::string>& env = {}) {
    for (const std::string& point : points) {
      SCOPED_TRACE(point);
      ASSERT_FALSE(ids.empty());
      const std::string id = ids.back();
      ids.pop_back();
      auto killing = env;
      killing["PGATTIC_FAILPOINT"] = point;
      const Ran killed = Pgattic({"erase", id}, killing);
      EXPECT_EQ(killed.signal, SIGKILL) << killed.out << killed.err;
      // No other row is ever missed.
      EXPECT_EQ(Pgattic({"get", ids.front(), ids.back()}, env).code, 0);
      const Ran again = Pgattic({"erase", id}, env);
      ASSERT_EQ(again.code, 0) << again.out << again.err;
      EXPECT_EQ(Pgattic({"get", id}, env).json().at("availability"), "erased");
      NothingIsLeftOver();
      std::erase_if(rows, [&](const std::string& row) { return row.starts_with(id + '\x1f'); });
    }
    EXPECT_EQ(RowsByPyarrow(kParquet), rows);
    EXPECT_EQ(One("SELECT count(*) FROM pgattic.erasure_request WHERE finished_at IS NULL"), "0");
  }
  /// The points of erasing that are passed everywhere, with those of what it is made of.
  std::vector<std::string> ErasePoints() {
    std::vector<std::string> points = PointsOf(Scene::kErase);
    std::erase_if(points, [](const std::string& point) {
      return point.find("detached") != point.npos || point.ends_with("_version") ||
             point.ends_with("_cache");
    });
    for (const std::string& point : PointsOf(Scene::kScrub)) {
      if (point.starts_with("replace.")) points.push_back(point);
    }
    for (const char* more :
         {"publish.after_revision", "publish.after_checksums", "publish.after_metadata",
          "publish.after_record", "cleanup.after_delete", "cleanup.after_record",
          "filter.after_put", "narrow.before_put", "narrow.after_put"}) {
      points.emplace_back(more);
    }
    return points;
  }
};

TEST_F(UpkeepCrash, KilledWhileRowsOfAnArchiveAreErased) {
  LoadMonths({1}, 80);
  UseCopy();
  const auto rows = RowsOfDatabase();
  const auto ids = Ids();
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  Works({"archive"});
  EraseAtEach(ErasePoints(), ids, rows);
  EXPECT_EQ(RowsByPyarrow(std::string("../copy/") + kParquet), RowsByPyarrow(kParquet));
}

TEST_F(UpkeepCrash, KilledWhileRowsOfADetachedMonthAreErased) {
  LoadMonths({1}, 80);
  Configure("file://" + archive_folder(), kSmallParts);
  const auto rows = RowsOfDatabase();
  const auto ids = Ids();
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  Works({"archive", "--until", "detached"});
  std::vector<std::string> points = ErasePoints();
  points.insert(points.end(), {"erase.before_detached_commit", "erase.after_detached_commit"});
  EraseAtEach(points, ids, rows);
  Works({"archive"});
  EXPECT_EQ(One("SELECT phase FROM pgattic.archive"), "archived");
  NothingIsLeftOver();
}

TEST_F(UpkeepCrash, KilledBeforeTheCacheForgets) {
  LoadMonths({1}, 40);
  const auto rows = RowsOfDatabase();
  const auto ids = Ids();
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  Works({"archive"});
  const cache::RedisServer redis;
  EraseAtEach({"erase.before_cache"}, ids, rows,
              {{"PGATTIC_CACHE_URL", "unix://" + redis.socket_path()}});
}

TEST_F(UpkeepCrash, KilledWhileOldVersionsAreDeleted) {
  LoadMonths({1}, 40);
  UseS3("", true);
  const std::string id = Ids()[0];
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  Works({"archive"});
  KilledAt("erase.after_version", {"erase", id});
  Works({"erase", id});
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.erasure_request WHERE finished_at IS NULL"), "0");
}

TEST_F(UpkeepCrash, KilledWhileARowThatCameBackIsErasedAgain) {
  LoadMonths({1}, 40);
  const std::string id = Ids()[5];
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  Works({"archive"});
  Works({"erase", id});
  for (const std::string& point : PointsOf(Scene::kEraseAgain)) {
    if (point.ends_with(":2")) continue;
    SCOPED_TRACE(point);
    Sql("INSERT INTO public.past_games (gid, created_at, game_end_reason, type) VALUES ('" + id +
        "', '2024-01-20', 2, 0), ('other', '2024-01-21', 2, 0)");
    KilledAt(point, {"archive"});
    Works({"archive"});
    EXPECT_EQ(Pgattic({"get", id}).json().at("availability"), "erased");
    NothingIsLeftOver();
  }
}

TEST_F(UpkeepCrash, KilledWhileAPartIsMended) {
  LoadMonths({1}, 60);
  UseCopy();
  const auto rows = RowsOfDatabase();
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  Works({"archive"});
  for (const std::string& point : PointsOf(Scene::kScrub)) {
    if (point.starts_with("garbage.") || point.find("copy_delete") != point.npos) continue;
    SCOPED_TRACE(point);
    Damage(archive_folder() + "/" + One("SELECT key FROM pgattic.part ORDER BY number LIMIT 1"));
    KilledAt(point, {"scrub"});
    Works({"scrub"});
    Works({"verify"});
    NothingIsLeftOver();
    EXPECT_EQ(RowsByPyarrow(kParquet), rows);
  }
}

TEST_F(UpkeepCrash, KilledWhileACopyIsMended) {
  LoadMonths({1}, 60);
  UseCopy();
  const auto rows = RowsOfDatabase();
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  Works({"archive"});
  for (const char* point : {"scrub.before_copy_delete", "scrub.after_copy_delete", "copy.in_upload",
                            "copy.after_complete", "copy.before_record"}) {
    SCOPED_TRACE(point);
    Damage(folder() + "/copy/" + One("SELECT key FROM pgattic.part ORDER BY number LIMIT 1"));
    KilledAt(point, {"scrub"});
    Works({"scrub"});
    Works({"archive"});
    EXPECT_EQ(RowsByPyarrow(std::string("../copy/") + kParquet), rows);
  }
}

TEST_F(UpkeepCrash, KilledWhileLeftoversAreRemoved) {
  LoadMonths({1}, 40);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  Works({"archive"});
  const auto store = store::FileObjectStore::Open({archive_folder()}).value();
  store::WriteOptions ours;
  ours.user_metadata = {{"pgattic-nonce", "dead"}};
  for (const char* point : {"garbage.before_delete", "garbage.after_delete"}) {
    SCOPED_TRACE(point);
    ASSERT_TRUE(store
                    ->Put(OpContext(), "partitions/year=2024/month=01/x.a9.0009.parquet",
                          AsBytes("x"), ours)
                    .ok());
    KilledAt(point, {"scrub"});
    Works({"scrub"});
    NothingIsLeftOver();
  }
}

}  // namespace
}  // namespace pgattic::test
