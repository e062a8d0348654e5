// The disk is full: at the folder store, and at PostgreSQL, where the journal is. Clear errors,
// no row lost, and a run goes on when there is room again. Needs root, for small file systems.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>

#include "sandbox/text_file.h"
#include "store/posix_file.h"
#include "tests/torture/audit.h"
#include "tests/torture/writer.h"

namespace pgattic::torture {
namespace {

namespace fs = std::filesystem;

constexpr int kRows = 40;

/// A file system of its own in memory, of a size that can change. Unmounted at the end.
class SmallDisk {
 public:
  ~SmallDisk() {
    if (!path_.empty()) ::umount2(path_.c_str(), MNT_DETACH);
  }
  /// False when this process may not mount.
  bool Mount(const std::string& path, const std::string& size) {
    fs::create_directories(path);
    if (::mount("tmpfs", path.c_str(), "tmpfs", 0, ("size=" + size).c_str()) != 0) return false;
    path_ = path;
    return true;
  }
  bool Resize(const std::string& size) const {
    return ::mount("tmpfs", path_.c_str(), "tmpfs", MS_REMOUNT, ("size=" + size).c_str()) == 0;
  }
  /// Writes until nothing more fits.
  std::string Fill() const {
    const std::string file = path_ + "/filler";
    const store::UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    const std::string bytes(4096, 'x');
    while (::write(fd.get(), bytes.data(), bytes.size()) > 0) continue;
    return file;
  }

 private:
  std::string path_;
};

class FullDisk : public ::testing::Test {
 protected:
  void Begin(sandbox::PostgresCluster& cluster) {
    ArenaOptions options;
    options.is_games = true;
    options.run = "swap_pause = \"20ms\"\nsnapshot_wait = \"2s\"\n";
    auto arena = Arena::Make(cluster, options);
    ASSERT_TRUE(arena.ok()) << arena.error().ToString();
    arena_ = std::move(*arena);
    Writer writer(*arena_, history_, 1, 0);
    ASSERT_TRUE(writer.Load(kRows).ok());
  }
  sandbox::SubprocessOutcome Archive() {
    auto ran = arena_->Run({"archive"});
    EXPECT_TRUE(ran.ok()) << ran.error().ToString();
    return ran.ok() ? *ran : sandbox::SubprocessOutcome();
  }
  void EndsWell() {
    const auto ran = Archive();
    EXPECT_TRUE(ran.exit.ok()) << ran.out << ran.err;
    Audit audit(*arena_, history_);
    const Result<std::vector<std::string>> faults = audit.Run();
    ASSERT_TRUE(faults.ok()) << faults.error().ToString();
    for (const std::string& fault : *faults) ADD_FAILURE() << fault;
    EXPECT_GT(audit.archived_rows(), 0U);
  }

  History history_;
  std::unique_ptr<Arena> arena_;
};

TEST_F(FullDisk, OfTheFolderStoreIsToldAndARunGoesOnWhenThereIsRoom) {
  const auto cluster = sandbox::PostgresCluster::Start(OpContext(), {});
  ASSERT_TRUE(cluster.ok()) << cluster.error().ToString();
  ASSERT_NO_FATAL_FAILURE(Begin(**cluster));
  SmallDisk disk;
  if (!disk.Mount(arena_->archive_folder(), "16k")) GTEST_SKIP() << "SKIP: may not mount";
  for (const char* size : {"20k", "24k", "32k", "44k", "60k"}) {
    SCOPED_TRACE(size);
    const auto ran = Archive();
    EXPECT_EQ(ran.exit.code, 1) << ran.out;
    EXPECT_NE(ran.err.find("No space left on device; free room"), std::string::npos) << ran.err;
    EXPECT_EQ(ran.err.find("damaged"), std::string::npos) << ran.err;
    ASSERT_TRUE(disk.Resize(size));
  }
  ASSERT_TRUE(disk.Resize("64m"));
  EndsWell();
}

TEST_F(FullDisk, OfPostgresAtTheJournalIsToldAndARunGoesOnWhenThereIsRoom) {
  const std::string folder =
      fs::temp_directory_path() / ("pgattic-full-" + std::to_string(getpid()));
  {
    SmallDisk disk;
    if (!disk.Mount(folder, "320m")) GTEST_SKIP() << "SKIP: may not mount";
    fs::permissions(folder, fs::perms::all);
    const OpContext ctx;
    const auto cluster = sandbox::PostgresCluster::Start(ctx, {.parent_folder = folder});
    ASSERT_TRUE(cluster.ok()) << cluster.error().ToString();
    ASSERT_NO_FATAL_FAILURE(Begin(**cluster));
    const std::string filler = disk.Fill();
    // WAL segments that are there are used up; then nothing can be written any more.
    const auto admin = pg::Connection::Open(ctx, {(*cluster)->Url(arena_->database()), "filler"});
    ASSERT_TRUE(admin.ok());
    const Status full =
        (*admin)->ExecScript(ctx,
                             "CREATE TABLE public.filler AS SELECT repeat(md5(g::text), 200) FROM "
                             "generate_series(1, 20000) g");
    EXPECT_FALSE(full.ok());
    const auto ran = Archive();
    EXPECT_NE(ran.exit.code, 0) << ran.out;
    EXPECT_EQ(ran.exit.signal, 0);
    // The server's own message, or the end of a connection where it had to stop.
    const bool is_told = ran.err.find("No space left on device") != std::string::npos ||
                         ran.err.find("connection to PostgreSQL") != std::string::npos;
    EXPECT_TRUE(is_told) << ran.err;
    fs::remove(filler);
    ASSERT_TRUE((*cluster)->Restart(ctx).ok()) << (*cluster)->Log();
    EndsWell();
    arena_.reset();
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace pgattic::torture
