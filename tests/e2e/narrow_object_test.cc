// Narrow objects: read in place of parts where they have all that a statement touches, done
// without where they are gone, made again, and gone with their part.
#include <filesystem>
#include <fstream>

#include "queried_archive.h"
#include "sandbox/text_file.h"

namespace pgattic::test {
namespace {

namespace fs = std::filesystem;

class NarrowObjects : public QueriedArchive {
 protected:
  void SetUpGames(std::int64_t rows) {
    LoadMonths({1, 2}, rows);
    ASSERT_EQ(Pgattic({"init"}).code, 0);
    before_ = One(std::string("SELECT ") + kNarrow + " FROM public.past_games");
    Archive();
  }
  std::string Object(int month) {
    const std::string name = "0" + std::to_string(month);
    return archive_folder() + "/narrow/year=2024/month=" + name + "/games_2024_" + name +
           ".parquet";
  }
  std::string Part(int month) {
    const std::string name = "0" + std::to_string(month);
    return archive_folder() + "/partitions/year=2024/month=" + name + "/games_2024_" + name +
           ".parquet";
  }
  /// What the columns of fixed width and the ids are, in both dialects.
  std::string Narrow(const std::string& view = "archive") {
    return Query(std::string("SELECT ") + kNarrow + " AS sum FROM " + view)[0]["sum"];
  }
  /// Overwrites the middle of the pages: the footer stays.
  static void Damage(const std::string& file) {
    const auto size = static_cast<std::streamoff>(fs::file_size(file));
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    ASSERT_TRUE(stream.is_open()) << file;
    for (std::streamoff at = 40; at < size / 4; at += 16) {
      stream.seekp(at);
      stream.write("\xff\xff\xff\xff", 4);
    }
  }

  static constexpr const char* kNarrow =
      "concat_ws('|', count(*), min(gid), max(gid), sum(game_end_reason), sum(winner_idx), "
      "count(DISTINCT created_at))";
  std::string before_;
};

TEST_F(NarrowObjects, StandForPartsWhereTheyHaveAllThatIsAsked) {
  SetUpGames(300);
  for (const int month : {1, 2}) {
    ASSERT_TRUE(fs::exists(Object(month)));
    EXPECT_LE(16 * fs::file_size(Object(month)), fs::file_size(Part(month)));
  }
  EXPECT_EQ(Narrow(), before_);
  EXPECT_EQ(Narrow("games_all"), before_);
  EXPECT_EQ(Narrow("past_games"), before_);
  EXPECT_EQ(Value("SELECT count(*) FROM archive WHERE year = 2024 AND month = 2"), "300");
  EXPECT_EQ(Value("SELECT count(game_document) FROM archive WHERE game_end_reason >= 0"), "600");
  EXPECT_EQ(Query("SELECT * FROM archive ORDER BY gid LIMIT 1")[0].size(), 12U);
  const std::string ids = Value("SELECT count(DISTINCT gid) FROM archive");
  // Other rows in the narrow object alone show who reads which.
  fs::copy_file(Object(2), Object(1), fs::copy_options::overwrite_existing);
  const char* of_month =
      "SELECT count(DISTINCT gid) FROM archive WHERE stats IS NOT NULL AND month = 2";
  EXPECT_EQ(Value("SELECT count(DISTINCT gid) FROM archive"), Value(of_month));
  EXPECT_EQ(Value("SELECT count(DISTINCT gid) FROM games_all WHERE stats IS NOT NULL"), ids);
}

TEST_F(NarrowObjects, AreReadBesidePartsThatHaveNone) {
  SetUpGames(300);
  Sql("UPDATE pgattic.part SET narrow = NULL WHERE key LIKE '%month=01%'");
  fs::remove(Object(1));
  EXPECT_EQ(Narrow(), before_);
  EXPECT_EQ(Narrow("games_all"), before_);
  EXPECT_EQ(Pgattic({"query", "SELECT gid FROM archive WHERE type = 0 ORDER BY 1"}).code, 0);
}

TEST_F(NarrowObjects, AreExplainedAsTheyAreRead) {
  SetUpGames(300);
  for (const char* how : {"", "--explain"}) {
    const std::string sql = std::string(*how == 0 ? "EXPLAIN " : "") +
                            "SELECT count(*) FROM archive WHERE stats LIKE '%x%'";
    std::vector<std::string> arguments = {"query", sql};
    if (*how != 0) arguments.emplace_back(how);
    const Ran plan = Pgattic(arguments);
    EXPECT_EQ(plan.code, 0) << plan.err;
    EXPECT_NE(plan.out.find("stats"), plan.out.npos) << plan.out;
    EXPECT_EQ(plan.out.find("error("), plan.out.npos) << plan.out;
  }
}

TEST_F(NarrowObjects, ADamagedOneIsDoneWithout) {
  SetUpGames(300);
  Damage(Object(2));
  EXPECT_EQ(Narrow(), before_);
  fs::resize_file(Object(1), fs::file_size(Object(1)) / 2);
  EXPECT_EQ(Narrow(), before_);
}

TEST_F(NarrowObjects, AnObjectOfSomebodyElseStays) {
  LoadMonths({1}, 300);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  fs::create_directories(fs::path(Object(1)).parent_path());
  std::ofstream(Object(1)) << "theirs";
  EXPECT_NE(Pgattic({"archive"}).code, 0);
  Works({"archive"});
  EXPECT_EQ(Value("SELECT count(*) FROM archive"), "300");
  EXPECT_EQ(sandbox::ReadTextFile(Object(1)), "theirs");
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.part WHERE narrow IS NOT NULL"), "1");
}

TEST_F(NarrowObjects, OneThatIsGoneOrDamagedIsDoneWithoutAndMadeAgain) {
  SetUpGames(300);
  fs::remove(Object(1));
  Damage(Object(2));
  EXPECT_EQ(Narrow(), before_);
  EXPECT_NE(Pgattic({"verify"}).code, 0);
  const Ran scrub = Pgattic({"scrub"});
  EXPECT_EQ(scrub.code, 0) << scrub.out << scrub.err;
  EXPECT_NE((scrub.out + scrub.err).find("narrow/year=2024/month=01/"), std::string::npos)
      << scrub.out << scrub.err;
  EXPECT_EQ(Pgattic({"verify"}).code, 0);
  EXPECT_EQ(Narrow(), before_);
  EXPECT_EQ(One("SELECT count(*) FROM pgattic.part WHERE narrow IS NULL"), "0");
  EXPECT_FALSE(fs::exists(Object(1))) << "it has the key of the part's next generation";
  EXPECT_FALSE(fs::exists(Object(2)));
}

TEST_F(NarrowObjects, HaveNoRowOfAnErasedId) {
  SetUpGames(300);
  const std::string id = Query("SELECT min(gid) AS id FROM archive")[0]["id"];
  ASSERT_EQ(Pgattic({"erase", id}).code, 0);
  EXPECT_EQ(Value("SELECT count(*) FROM archive"), "599");
  int objects = 0;
  for (const auto& entry : fs::recursive_directory_iterator(archive_folder() + "/narrow")) {
    objects += entry.is_regular_file() ? 1 : 0;
  }
  EXPECT_EQ(objects, 2) << "those of the former parts are gone";
  for (const std::string& row : RowsByPyarrow("narrow/*/*/*.parquet")) {
    EXPECT_EQ(row.find(id + "\x1f"), std::string::npos) << row;
  }
  EXPECT_EQ(RowsByPyarrow("narrow/*/*/*.parquet").size(), 599U);
}

}  // namespace
}  // namespace pgattic::test
