#include <filesystem>
#include <fstream>

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

void FlipBit(const std::string& path, std::streamoff offset) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(offset);
  const int byte = file.get();
  file.seekp(offset);
  file.put(static_cast<char>(byte ^ 1));
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
