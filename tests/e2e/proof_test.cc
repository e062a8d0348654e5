#include <filesystem>
#include <fstream>
#include <sstream>

#include "game_archive.h"

namespace pgattic::test {
namespace {

class Proof : public GameArchive {
 protected:
  /// Archives up to `phase` and returns the path of the one part.
  std::string ArchiveUntil(const std::string& phase) {
    LoadMonths({1}, 60);
    EXPECT_EQ(Pgattic({"init"}).code, 0);
    const Ran ran = Pgattic({"archive", "--until", phase});
    EXPECT_EQ(ran.code, 0) << ran.err;
    return archive_folder() + "/partitions/year=2024/month=01/games_2024_01.parquet";
  }
  std::string Rows() { return One("SELECT count(*) FROM public.past_games"); }
};

/// `keep_time`: as a disk does it, the time of the file, and so its ETag, stay.
void FlipBit(const std::string& path, std::streamoff offset, bool keep_time = false) {
  const auto time = std::filesystem::last_write_time(path);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(offset);
  const int byte = file.get();
  file.seekp(offset);
  file.put(static_cast<char>(byte ^ 1));
  file.close();
  if (keep_time) std::filesystem::last_write_time(path, time);
}

TEST_F(Proof, AFlippedBitIsFoundAndNothingIsDropped) {
  FlipBit(ArchiveUntil("uploaded"), 5000);
  const Ran ran = Pgattic({"archive"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_NE(ran.err.find("games_2024_01.parquet"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("nothing was dropped"), std::string::npos) << ran.err;
  EXPECT_EQ(Rows(), "60");
  const Ran again = Pgattic({"archive"});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(RowsByPyarrow("partitions/*/*/*.parquet").size(), 60U);
}

// In the footer's text a changed letter alters no row: only the sha256 can tell.
TEST_F(Proof, AByteThatNoReaderMissesIsFound) {
  const std::string path = ArchiveUntil("uploaded");
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  const std::size_t at = bytes.str().rfind("parquet-cpp");
  ASSERT_NE(at, std::string::npos);
  FlipBit(path, static_cast<std::streamoff>(at), true);
  const Ran ran = Pgattic({"archive"});
  EXPECT_EQ(ran.code, 1) << ran.out;
  EXPECT_NE(ran.err.find("sha256 is"), std::string::npos) << ran.err;
  EXPECT_EQ(Rows(), "60");
}

// The label of an enum is renamed: no tuple changes, yet the text that was exported is no longer
// PostgreSQL's. The sample of the proof sees it, long before the fence compares schemas.
TEST_F(Proof, TextThatIsNoLongerPostgresIsSeenByTheSample) {
  LoadMonths({1}, 10);
  Sql("CREATE TYPE public.mood AS ENUM ('sad', 'glad')");
  Sql("CREATE TABLE public.moods (id int NOT NULL, at date NOT NULL, m public.mood) PARTITION BY "
      "RANGE (at)");
  Sql("CREATE TABLE public.moods_1 PARTITION OF public.moods FOR VALUES FROM ('2024-01-01') TO "
      "('2024-02-01')");
  Sql("INSERT INTO public.moods VALUES (1, '2024-01-02', 'sad')");
  ConfigureSource("[[source]]\ntable = \"public.moods\"\nid_column = \"id\"\n");
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  ASSERT_EQ(Pgattic({"archive", "--until", "uploaded"}).code, 0);
  Sql("ALTER TYPE public.mood RENAME VALUE 'sad' TO 'blue'");
  Pgattic({"archive", "--until", "verified"});
  const Ran ran = Pgattic({"archive", "--until", "verified"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const std::vector<std::string> rows = RowsByPyarrow("*/partitions/*/*/*.parquet");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_TRUE(rows[0].ends_with("blue")) << rows[0];
}

TEST_F(Proof, ATruncatedObjectIsFound) {
  const std::string path = ArchiveUntil("uploaded");
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  const Ran ran = Pgattic({"archive"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_NE(ran.err.find("nothing was dropped"), std::string::npos) << ran.err;
  EXPECT_EQ(Rows(), "60");
}

TEST_F(Proof, APartThatIsGoneIsFoundBeforeTheDrop) {
  std::filesystem::remove(ArchiveUntil("detached"));
  const Ran ran = Pgattic({"archive"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_NE(ran.err.find("is gone; nothing was dropped"), std::string::npos) << ran.err;
  EXPECT_EQ(One("SELECT count(*) FROM public.past_games_2024_01"), "60");
}

TEST_F(Proof, ACellChangedBeforeTheSwapIsExportedAgain) {
  ArchiveUntil("marked");
  Sql("UPDATE public.past_games SET game_end_reason = 8 WHERE gid = (SELECT min(gid) FROM "
      "public.past_games)");
  const Ran ran = Pgattic({"archive"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Ran events = Pgattic({"status", "--events", "past_games_2024_01"});
  EXPECT_NE(events.out.find("source changed"), std::string::npos) << events.out;
  EXPECT_EQ(RowsByPyarrow("partitions/*/*/*.parquet").size(), 60U);
  std::size_t changed = 0;
  for (const std::string& row : RowsByPyarrow("partitions/*/*/*.parquet")) {
    changed += row.find(
                   "+00\x1f"
                   "8\x1f") != row.npos
                   ? 1U
                   : 0U;
  }
  EXPECT_GE(changed, 1U);
}

TEST_F(Proof, ADeletedRowNeedsAllowShrink) {
  ArchiveUntil("marked");
  Sql("DELETE FROM public.past_games WHERE gid = (SELECT max(gid) FROM public.past_games)");
  const Ran refused = Pgattic({"archive"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.err.find("--allow-shrink"), std::string::npos) << refused.err;
  const Ran allowed = Pgattic({"archive", "--allow-shrink"});
  EXPECT_EQ(allowed.code, 0) << allowed.err;
}

TEST_F(Proof, ANewColumnIsSeenByTheFence) {
  ArchiveUntil("marked");
  Sql("ALTER TABLE public.past_games ADD COLUMN note text DEFAULT 'x'");
  const Ran ran = Pgattic({"archive"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const std::vector<std::string> rows = RowsByPyarrow("partitions/*/*/*.parquet");
  ASSERT_EQ(rows.size(), 60U);
  EXPECT_TRUE(rows.front().ends_with("\x1fx")) << rows.front().substr(rows.front().size() - 20);
}

TEST_F(Proof, ARowWrittenByNameAfterTheSwapIsNotDropped) {
  ArchiveUntil("detached");
  Sql("INSERT INTO public.past_games_2024_01 (gid, created_at, game_end_reason, type) VALUES "
      "('byname01', '2024-01-20', 2, 0)");
  const Ran ran = Pgattic({"archive"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_NE(ran.err.find("somebody wrote to"), std::string::npos) << ran.err;
  EXPECT_EQ(One("SELECT count(*) FROM public.past_games_2024_01"), "61");
}

}  // namespace
}  // namespace pgattic::test
