#include "sandbox/scratch_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>

#include "sandbox/text_file.h"

namespace pgattic::sandbox {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

bool EventuallyGone(const std::string& path) {
  const OpContext ctx = OpContext().WithDeadline(milliseconds(20000));
  while (fs::exists(path)) {
    if (!ctx.SleepFor(milliseconds(5)).ok()) return false;
  }
  return true;
}

TEST(ScratchFolder, IsPrivateAndRemovedWithItsContent) {
  auto folder = ScratchFolder::Make({}).value();
  const std::string path = folder->path();
  struct stat found {};
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0700U);
  fs::create_directories(path + "/a/b");
  ASSERT_TRUE(WriteTextFile(path + "/a/b/file", "x").ok());
  folder.reset();
  EXPECT_FALSE(fs::exists(path));
}

TEST(ScratchFolder, BelongsToItsOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  const OsUser nobody = FindOsUser("nobody").value();
  const auto folder = ScratchFolder::Make({.owner = nobody}).value();
  struct stat found {};
  ASSERT_EQ(::stat(folder->path().c_str(), &found), 0);
  EXPECT_EQ(found.st_uid, nobody.uid);
}

TEST(ScratchFolder, GuardCleansUpAfterAKilledOwner) {
  const auto outer = ScratchFolder::Make({}).value();
  const std::string witness = outer->path() + "/witness";
  const std::string path_file = outer->path() + "/path";
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto inner = ScratchFolder::Make({.on_abandon = {"cp", "{}/file", witness}});
    WriteTextFile(inner.value()->path() + "/file", "seen").ok();
    WriteTextFile(path_file, inner.value()->path()).ok();
    ::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  const std::string inner_path = ReadTextFile(path_file);
  ASSERT_FALSE(inner_path.empty());
  EXPECT_TRUE(EventuallyGone(inner_path));
  EXPECT_TRUE(fs::exists(witness));
}

TEST(ScratchFolder, SaysWhereItCouldNotBeMade) {
  const auto folder = ScratchFolder::Make({.parent = "/no/such/folder"});
  ASSERT_TRUE(folder.Is(Code::kNotFound));
  EXPECT_NE(folder.error().message.find("/no/such/folder"), std::string::npos);
}

}  // namespace
}  // namespace pgattic::sandbox
