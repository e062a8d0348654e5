#include "base/failpoint.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <set>
#include <string>

namespace pgattic::failpoint {
namespace {

/// Arms `spec` and passes the failpoint `name` as often as asked, then ends with success.
void ArmAndPass(const std::string& spec, std::string_view name, int passes) {
  if (!Arm(spec).ok()) std::_Exit(3);
  for (int pass = 0; pass < passes; ++pass) internal::Pass(name);
  std::_Exit(0);
}

/// Tests that need the failpoints to be compiled in.
class FailpointDeathTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!IsBuiltIn()) GTEST_SKIP() << "SKIP: built without failpoints";
  }
};

TEST(Failpoint, NamesAreUniqueAndSayTheirStep) {
  std::set<std::string_view> names;
  for (const std::string_view name : All()) {
    EXPECT_TRUE(names.insert(name).second) << name << " twice";
    EXPECT_NE(name.find('.'), std::string_view::npos) << name;
    EXPECT_EQ(name.find(':'), std::string_view::npos) << name;
  }
  EXPECT_GE(names.size(), 40U);
}

TEST(Failpoint, IsBuiltInExactlyWhenTheMacroIs) {
#ifdef PGATTIC_FAILPOINTS
  EXPECT_TRUE(IsBuiltIn());
#else
  EXPECT_FALSE(IsBuiltIn());
  EXPECT_TRUE(Arm(All().front()).Is(Code::kUnsupported));
#endif
}

TEST_F(FailpointDeathTest, KillsTheProcessAtItsFirstPass) {
  EXPECT_EXIT(ArmAndPass("swap.before_commit", "swap.before_commit", 1),
              testing::KilledBySignal(SIGKILL), "");
}

TEST_F(FailpointDeathTest, KillsAtTheGivenPassAndNotBefore) {
  EXPECT_EXIT(ArmAndPass("part.in_upload:3", "part.in_upload", 2), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(ArmAndPass("part.in_upload:3", "part.in_upload", 3), testing::KilledBySignal(SIGKILL),
              "");
}

TEST_F(FailpointDeathTest, LetsOtherFailpointsPass) {
  EXPECT_EXIT(ArmAndPass("swap.before_commit", "swap.after_commit", 5), testing::ExitedWithCode(0),
              "");
}

TEST_F(FailpointDeathTest, AbortsAtANameThatIsNotInTheList) {
  EXPECT_EXIT(ArmAndPass("swap.before_commit", "no.such", 1), testing::KilledBySignal(SIGABRT),
              "no.such");
}

TEST_F(FailpointDeathTest, StopsTheProcessAndLetsItGoOn) {
  const pid_t child = fork();
  if (child == 0) ArmAndPass("drop.before_drop:1:stop", "drop.before_drop", 1);
  ASSERT_GT(child, 0);
  int state = 0;
  ASSERT_EQ(waitpid(child, &state, WUNTRACED), child);
  ASSERT_TRUE(WIFSTOPPED(state));
  EXPECT_EQ(WSTOPSIG(state), SIGSTOP);
  ASSERT_EQ(kill(child, SIGCONT), 0);
  ASSERT_EQ(waitpid(child, &state, 0), child);
  EXPECT_TRUE(WIFEXITED(state));
  EXPECT_EQ(WEXITSTATUS(state), 0);
}

TEST_F(FailpointDeathTest, RefusesWhatItDoesNotUnderstandAndArmsNothing) {
  for (const std::string spec :
       {"", "no.such", "swap", "swap.before_commit:", "swap.before_commit:0",
        "swap.before_commit:-1", "swap.before_commit:two",
        "swap.before_commit:1:", "swap.before_commit:1:pause", "swap.before_commit:stop", ":1"}) {
    EXPECT_TRUE(Arm(spec).Is(Code::kInvalidArgument)) << spec;
    internal::Pass("swap.before_commit");
  }
}

TEST_F(FailpointDeathTest, EveryNameCanBeArmed) {
  for (const std::string_view name : All()) {
    EXPECT_TRUE(Arm(std::string(name) + ":1000000").ok()) << name;
  }
}

}  // namespace
}  // namespace pgattic::failpoint
