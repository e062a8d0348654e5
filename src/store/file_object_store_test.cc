#include "store/file_object_store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

#include "store/test_folder.h"

namespace pgattic::store {
namespace {

namespace fs = std::filesystem;

class FileObjectStoreTest : public testing::Test {
 protected:
  std::unique_ptr<ObjectStore> Open() {
    return FileObjectStore::Open({.root = folder_.path()}).value();
  }
  // Every file below the root, hidden ones too.
  std::vector<std::string> AllFiles() const {
    std::vector<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
      if (entry.is_regular_file()) {
        files.push_back(fs::relative(entry.path(), folder_.path()).string());
      }
    }
    std::ranges::sort(files);
    return files;
  }

  TestFolder folder_;
  OpContext ctx_;
};

TEST_F(FileObjectStoreTest, RefusesARootThatIsNotAFolder) {
  EXPECT_TRUE(
      FileObjectStore::Open({.root = folder_.path() + "/missing"}).Is(Code::kFailedPrecondition));
  std::ofstream(folder_.path() + "/file") << "x";
  EXPECT_TRUE(
      FileObjectStore::Open({.root = folder_.path() + "/file"}).Is(Code::kFailedPrecondition));
}

TEST_F(FileObjectStoreTest, SaysThatTheRootWentAwayInsteadOfNotFound) {
  const auto store = Open();
  ASSERT_TRUE(store->Put(ctx_, "k", AsBytes("x"), {}).ok());
  fs::remove_all(folder_.path());
  EXPECT_TRUE(store->Get(ctx_, "k", {}).Is(Code::kFailedPrecondition));
  EXPECT_TRUE(store->Head(ctx_, "k", "").Is(Code::kFailedPrecondition));
}

TEST_F(FileObjectStoreTest, KeepsObjectsAsPlainFiles) {
  const auto store = Open();
  ASSERT_TRUE(store->Put(ctx_, "year=2024/x.parquet", AsBytes("rows"), {}).ok());
  std::ifstream file(folder_.path() + "/year=2024/x.parquet");
  std::string text;
  file >> text;
  EXPECT_EQ(text, "rows");
}

TEST_F(FileObjectStoreTest, NamesUploadsSoThatNoEngineReadsThem) {
  const auto store = Open();
  auto upload = store->StartUpload(ctx_, "month=01/x.parquet", {}).value();
  ASSERT_TRUE(upload->Write(ctx_, AsBytes("half")).ok());
  const std::vector<std::string> files = AllFiles();
  ASSERT_EQ(files.size(), 1U);
  EXPECT_THAT(files[0], testing::StartsWith(".pgattic/"));
  EXPECT_THAT(files[0], testing::Not(testing::EndsWith(".parquet")));
}

TEST_F(FileObjectStoreTest, GivesEachWriteItsOwnEtag) {
  const auto store = Open();
  std::set<std::string> etags;
  for (int i = 0; i < 50; ++i) {
    etags.insert(store->Put(ctx_, "k", AsBytes("same"), {})->etag);
  }
  EXPECT_EQ(etags.size(), 50U);
}

TEST_F(FileObjectStoreTest, KeepsEtagsWhenTheFolderIsCopied) {
  const auto store = Open();
  const ObjectInfo info =
      *store->Put(ctx_, "a/k", AsBytes("x"), {.user_metadata = {{"nonce", "1"}}});
  TestFolder copy;
  const std::string command = "cp -a '" + folder_.path() + "/.' '" + copy.path() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);  // NOLINT: a test.
  const auto copied = FileObjectStore::Open({.root = copy.path()}).value();
  EXPECT_EQ(copied->Head(ctx_, "a/k", "")->etag, info.etag);
  EXPECT_EQ(copied->Head(ctx_, "a/k", "")->user_metadata, info.user_metadata);
}

TEST_F(FileObjectStoreTest, NoticesATouchedFile) {
  const auto store = Open();
  const ObjectInfo info = *store->Put(ctx_, "k", AsBytes("x"), {});
  std::ofstream(folder_.path() + "/k") << "y";
  EXPECT_TRUE(store->Get(ctx_, "k", {.if_match = info.etag}).Is(Code::kConflict));
}

TEST_F(FileObjectStoreTest, LeavesOnlyTheObjectsAndTheLocks) {
  const auto store = Open();
  const WriteOptions with{.user_metadata = {{"nonce", "1"}}};
  ASSERT_TRUE(store->Put(ctx_, "a/b/k", AsBytes("1"), with).ok());
  ASSERT_TRUE(store->Put(ctx_, "a/b/k", AsBytes("2"), with).ok());
  const std::string etag = store->Head(ctx_, "a/b/k", "")->etag;
  ASSERT_TRUE(store->Delete(ctx_, "a/b/k", {.if_match = etag}).ok());
  for (const std::string& file : AllFiles()) {
    EXPECT_THAT(file, testing::StartsWith(".pgattic/locks/"));
  }
  EXPECT_FALSE(fs::exists(folder_.path() + "/a"));
}

TEST_F(FileObjectStoreTest, AbortsWhatAKilledProcessLeft) {
  const auto store = Open();
  {
    // A killed process runs no destructor: leak the upload's file on purpose.
    const auto upload = store->StartUpload(ctx_, "p/k", {}).value();
    fs::copy_file(folder_.path() + "/" + AllFiles().at(0),
                  folder_.path() + "/.pgattic/uploads/p/k/dead.upload");
  }
  EXPECT_THAT(*store->ListUploads(ctx_, "p/"), testing::ElementsAre("p/k"));
  ASSERT_TRUE(store->AbortUploads(ctx_, "p/k").ok());
  EXPECT_THAT(AllFiles(), testing::Each(testing::StartsWith(".pgattic/locks/")));
}

TEST_F(FileObjectStoreTest, APutRemovesWhatAKilledOneLeftAndNothingElse) {
  const auto store = Open();
  const auto living = store->StartUpload(ctx_, "k", {.user_metadata = {{"nonce", "1"}}}).value();
  const std::string uploads = folder_.path() + "/.pgattic/uploads/k/";
  std::ofstream(uploads + "dead.upload") << "half";
  fs::create_directories(folder_.path() + "/.pgattic/meta");
  std::ofstream(folder_.path() + "/.pgattic/meta/k.1-2.meta") << "nonce=2";
  ASSERT_TRUE(store->Put(ctx_, "k", AsBytes("x"), {}).ok());
  EXPECT_FALSE(fs::exists(uploads + "dead.upload"));
  EXPECT_FALSE(fs::exists(folder_.path() + "/.pgattic/meta/k.1-2.meta"));
  ASSERT_TRUE(living->Write(ctx_, AsBytes("y")).ok());
  EXPECT_TRUE(living->Complete(ctx_).ok());
  EXPECT_EQ(*store->Get(ctx_, "k", {}), "y");
}

TEST_F(FileObjectStoreTest, TellsThatTheFileSizeLimitWasReached) {
  const auto store = Open();
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{1000, before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Result<ObjectInfo> put = store->Put(ctx_, "k", AsBytes(std::string(5000, 'x')), {});
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_TRUE(put.Is(Code::kResourceExhausted));
  EXPECT_THAT(*store->List(ctx_, ""), testing::IsEmpty());
  EXPECT_THAT(*store->ListUploads(ctx_, ""), testing::IsEmpty());
}

TEST_F(FileObjectStoreTest, TellsThatTheDiskIsFull) {
  // /dev/full answers every write with ENOSPC.
  const Result<UniqueFd> full = OpenFile(AT_FDCWD, "/dev/full", O_WRONLY, "full");
  ASSERT_TRUE(full.ok());
  const Status written = WriteAll(ctx_, full->get(), AsBytes("x"), "file:///f: k");
  EXPECT_TRUE(written.Is(Code::kResourceExhausted));
  EXPECT_EQ(written.error().origin.code, "ENOSPC");
  EXPECT_THAT(written.error().message, testing::HasSubstr("free room"));
}

TEST_F(FileObjectStoreTest, SaysWhatStandsInTheWay) {
  const auto store = Open();
  ASSERT_TRUE(store->Put(ctx_, "a/b", AsBytes("x"), {}).ok());
  EXPECT_TRUE(store->Put(ctx_, "a", AsBytes("x"), {}).Is(Code::kFailedPrecondition));
  EXPECT_TRUE(
      store->Put(ctx_, "a", AsBytes("x"), {.if_absent = true}).Is(Code::kFailedPrecondition));
  EXPECT_TRUE(store->Put(ctx_, "a/b/c", AsBytes("x"), {}).Is(Code::kFailedPrecondition));
  EXPECT_TRUE(store->Put(ctx_, std::string(300, 'n'), AsBytes("x"), {}).Is(Code::kInvalidArgument));
}

TEST_F(FileObjectStoreTest, HasNoVersions) {
  const auto store = Open();
  ASSERT_TRUE(store->Put(ctx_, "k", AsBytes("x"), {}).ok());
  EXPECT_TRUE(store->Head(ctx_, "k", "v1").Is(Code::kUnsupported));
  EXPECT_TRUE(store->Delete(ctx_, "k", {.version_id = "v1"}).Is(Code::kUnsupported));
}

TEST_F(FileObjectStoreTest, WaitsForALockNoLongerThanTheDeadline) {
  const auto store = Open();
  const FileFolder folder(
      OpenFile(AT_FDCWD, folder_.path(), O_RDONLY | O_DIRECTORY, "test").value(), folder_.path(),
      true);
  const UniqueFd held = folder.Lock(ctx_, "k").value();
  const OpContext soon = ctx_.WithDeadline(std::chrono::milliseconds(20));
  EXPECT_TRUE(store->Put(soon, "k", AsBytes("x"), {}).Is(Code::kDeadlineExceeded));
  EXPECT_THAT(*store->List(ctx_, ""), testing::IsEmpty());
}

TEST_F(FileObjectStoreTest, ReadsAFolderThatCannotBeWritten) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  ASSERT_TRUE(Open()->Put(ctx_, "k", AsBytes("x"), {}).ok());
  fs::permissions(folder_.path(), fs::perms::owner_read | fs::perms::owner_exec);
  const auto store = Open();
  EXPECT_EQ(*store->Get(ctx_, "k", {}), "x");
  EXPECT_TRUE(store->Put(ctx_, "new", AsBytes("x"), {}).Is(Code::kPermissionDenied));
  fs::permissions(folder_.path(), fs::perms::owner_all);
}

}  // namespace
}  // namespace pgattic::store
