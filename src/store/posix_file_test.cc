#include "store/posix_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>

#include "store/test_folder.h"

namespace pgattic::store {
namespace {

struct ErrnoCase {
  int number;
  Code code;
};

class ErrnoTableTest : public testing::TestWithParam<ErrnoCase> {};

TEST_P(ErrnoTableTest, TranslatesEachErrorToWhatTheCallerMayDo) {
  const Status status = ErrnoStatus(GetParam().number, "file:///a: k: cannot be written");
  EXPECT_EQ(status.code(), GetParam().code);
  EXPECT_NE(status.error().message.find("file:///a: k"), std::string::npos);
  EXPECT_EQ(status.error().origin.system, "posix");
}

INSTANTIATE_TEST_SUITE_P(
    Table, ErrnoTableTest,
    testing::Values(
        ErrnoCase{ENOENT, Code::kNotFound}, ErrnoCase{EEXIST, Code::kAlreadyExists},
        ErrnoCase{ENOSPC, Code::kResourceExhausted}, ErrnoCase{EDQUOT, Code::kResourceExhausted},
        ErrnoCase{EMFILE, Code::kResourceExhausted}, ErrnoCase{EACCES, Code::kPermissionDenied},
        ErrnoCase{EROFS, Code::kFailedPrecondition}, ErrnoCase{EXDEV, Code::kFailedPrecondition},
        ErrnoCase{ENAMETOOLONG, Code::kInvalidArgument}, ErrnoCase{EIO, Code::kUnavailable},
        ErrnoCase{ESTALE, Code::kUnavailable}, ErrnoCase{EBADF, Code::kInternal}));

TEST(PosixFileTest, MovesTheOwnershipOfADescriptor) {
  UniqueFd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int number = first.get();
  UniqueFd second(std::move(first));
  EXPECT_EQ(second.get(), number);
  second = UniqueFd();
  EXPECT_EQ(::fcntl(number, F_GETFD), -1);
}

TEST(PosixFileTest, PrunesEmptyFoldersUpToTheOneToKeep) {
  const TestFolder folder;
  const UniqueFd root = OpenFile(AT_FDCWD, folder.path(), O_RDONLY | O_DIRECTORY, "test").value();
  ASSERT_TRUE(MakeParents(root.get(), "keep/a/b/file", "test").ok());
  ASSERT_TRUE(MakeParents(root.get(), "keep/a/other/file", "test").ok());
  PruneParents(root.get(), "keep/a/b/file", "keep");
  EXPECT_TRUE(std::filesystem::exists(folder.path() + "/keep/a/other"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/keep/a/b"));
  PruneParents(root.get(), "keep/a/other/file", "keep");
  EXPECT_TRUE(std::filesystem::exists(folder.path() + "/keep"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/keep/a"));
}

}  // namespace
}  // namespace pgattic::store
