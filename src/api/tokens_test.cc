#include "api/tokens.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace pgattic::api {
namespace {

class TokensTest : public ::testing::Test {
 protected:
  void TearDown() override { ::unlink(file_.c_str()); }
  void Write(const std::string& text) const { std::ofstream(file_, std::ios::trunc) << text; }
  Result<std::unique_ptr<Tokens>> Load() { return Tokens::Load(file_, clock_); }

  ManualClock clock_{WallTime{}};
  const std::string file_ = ::testing::TempDir() + "tokens-" + std::to_string(::getpid());
};

TEST_F(TokensTest, AllowsEachOfItsTokensAndNoOther) {
  Write("# comment\n\n first-token-of-16+ \r\nsecond-token-of-16\n");
  const auto tokens = Load();
  ASSERT_TRUE(tokens.ok()) << tokens.error().ToString();
  EXPECT_FALSE((*tokens)->is_open());
  EXPECT_TRUE((*tokens)->Allows("Bearer first-token-of-16+"));
  EXPECT_TRUE((*tokens)->Allows("bearer  second-token-of-16"));
  EXPECT_EQ((*tokens)->HolderOf("bearer  second-token-of-16 "),
            (*tokens)->HolderOf("Bearer second-token-of-16"));
  EXPECT_NE((*tokens)->HolderOf("Bearer first-token-of-16+"),
            (*tokens)->HolderOf("Bearer second-token-of-16"));
  for (const char* wrong :
       {"", "Bearer", "Bearer ", "Bearer first-token-of-16", "first-token-of-16+",
        "Basic first-token-of-16+", "Bearer # comment", "Bearer first-token-of-16+x"}) {
    EXPECT_FALSE((*tokens)->Allows(wrong)) << wrong;
  }
}

TEST_F(TokensTest, ReadsTheFileAgainWhenItChanged) {
  Write("first-token-of-16+\n");
  const auto tokens = Load();
  ASSERT_TRUE(tokens.ok());
  Write("another-token-of-16+\n");
  clock_.Advance(std::chrono::seconds(2));
  EXPECT_FALSE((*tokens)->Allows("Bearer first-token-of-16+"));
  EXPECT_TRUE((*tokens)->Allows("Bearer another-token-of-16+"));
}

TEST_F(TokensTest, KeepsItsTokensWhileTheFileIsNoGood) {
  Write("first-token-of-16+\n");
  const auto tokens = Load();
  ASSERT_TRUE(tokens.ok());
  for (const char* bad : {"", "short\n"}) {
    Write(bad);
    clock_.Advance(std::chrono::seconds(2));
    EXPECT_TRUE((*tokens)->Allows("Bearer first-token-of-16+"));
  }
  ::unlink(file_.c_str());
  clock_.Advance(std::chrono::seconds(2));
  EXPECT_TRUE((*tokens)->Allows("Bearer first-token-of-16+"));
}

TEST_F(TokensTest, RefusesAFileWithoutGoodTokens) {
  EXPECT_TRUE(Load().Is(Code::kInvalidArgument));
  for (const char* bad : {"", "# only this\n", "fifteen-letters\n"}) {
    Write(bad);
    EXPECT_TRUE(Load().Is(Code::kInvalidArgument)) << bad;
  }
}

TEST_F(TokensTest, AllowsEverybodyWithoutAFile) {
  const auto tokens = Tokens::Load("", clock_);
  ASSERT_TRUE(tokens.ok());
  EXPECT_TRUE((*tokens)->is_open());
  EXPECT_TRUE((*tokens)->Allows(""));
  EXPECT_EQ((*tokens)->HolderOf("Bearer whatever-somebody-sends"), "");
}

}  // namespace
}  // namespace pgattic::api
