#include "sandbox/subprocess.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <string>
#include <thread>

#include "sandbox/scratch_folder.h"
#include "sandbox/text_file.h"

namespace pgattic::sandbox {
namespace {

using std::chrono::milliseconds;

OpContext Within(milliseconds budget) { return OpContext().WithDeadline(budget); }

SubprocessOptions Shell(const std::string& script) { return {.argv = {"sh", "-c", script}}; }

SubprocessOutcome RunShell(const std::string& script) {
  return Subprocess::Run(Within(milliseconds(20000)), Shell(script)).value();
}

/// Waits until `condition` holds; false after twenty seconds.
template <typename Condition>
bool Eventually(Condition condition) {
  const OpContext ctx = Within(milliseconds(20000));
  while (!condition()) {
    if (!ctx.SleepFor(milliseconds(2)).ok()) return false;
  }
  return true;
}

/// Dead counts as a zombie too: nobody may have reaped it yet.
bool IsAlive(pid_t pid) {
  const std::string text = ReadTextFile("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t name_end = text.rfind(')');
  return name_end != std::string::npos && text.at(name_end + 2) != 'Z';
}

TEST(Subprocess, GivesExitCodeAndBothOutputs) {
  const SubprocessOutcome outcome = RunShell("echo out; echo err >&2; exit 3");
  EXPECT_EQ(outcome.exit, (ExitStatus{3, 0}));
  EXPECT_EQ(outcome.out, "out\n");
  EXPECT_EQ(outcome.err, "err\n");
  const Status status = outcome.CheckSuccess("the script");
  EXPECT_TRUE(status.Is(Code::kInternal));
  EXPECT_EQ(status.error().message, "the script ended with exit code 3: err\n");
  EXPECT_TRUE(RunShell("true").CheckSuccess("true").ok());
}

TEST(Subprocess, GivesTheSignalThatEndedIt) {
  const SubprocessOutcome outcome = RunShell("kill -TERM $$");
  EXPECT_EQ(outcome.exit, (ExitStatus{0, SIGTERM}));
  EXPECT_EQ(outcome.exit.ToString(), "signal 15");
}

TEST(Subprocess, FeedsMoreInputThanAPipeHolds) {
  SubprocessOptions options = Shell("cat");
  options.input.assign(3'000'000, 'x');
  const Result<SubprocessOutcome> outcome = Subprocess::Run(Within(milliseconds(20000)), options);
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome.value().out.size(), 3'000'000U);
}

TEST(Subprocess, ReadsFromABorrowedDescriptor) {
  const store::UniqueFd file =
      store::OpenFile(AT_FDCWD, "/proc/self/cmdline", O_RDONLY, "test").value();
  SubprocessOptions options = Shell("cat");
  options.stdin_fd = file.get();
  EXPECT_FALSE(Subprocess::Run(Within(milliseconds(20000)), options)->out.empty());
  EXPECT_TRUE(file.is_open());
}

TEST(Subprocess, ReplacesAndDropsTheEnvironment) {
  ::setenv("PGATTIC_TEST_VAR", "old", 1);  // NOLINT(concurrency-mt-unsafe)
  SubprocessOptions options = Shell("echo $PGATTIC_TEST_VAR-$OTHER");
  options.env = {{"PGATTIC_TEST_VAR", "new"}};
  EXPECT_EQ(Subprocess::Run(OpContext(), options)->out, "new-\n");
  options.inherit_env = false;
  options.env = {{"OTHER", "1"}};
  EXPECT_EQ(Subprocess::Run(OpContext(), options)->out, "-1\n");
}

TEST(Subprocess, AppendsItsOutputToAFile) {
  const auto folder = ScratchFolder::Make({}).value();
  SubprocessOptions options = Shell("pwd; echo err >&2");
  options.working_folder = folder->path();
  options.stdout_file = folder->path() + "/both";
  options.stderr_file = options.stdout_file;
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Subprocess::Run(OpContext(), options)->out, "");
  const std::string text = ReadTextFile(options.stdout_file);
  const std::string once = folder->path() + "\nerr\n";
  EXPECT_EQ(text, once + once);
}

TEST(Subprocess, RunKillsWhatOutlivesItsDeadline) {
  const auto started = std::chrono::steady_clock::now();
  const Result<SubprocessOutcome> outcome =
      Subprocess::Run(Within(milliseconds(50)), Shell("sleep 600"));
  EXPECT_TRUE(outcome.Is(Code::kDeadlineExceeded));
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(20));
}

TEST(Subprocess, WaitLeavesTheChildRunningAtItsDeadline) {
  const auto child = Subprocess::Spawn(Shell("echo ready; sleep 600")).value();
  EXPECT_TRUE(child->Wait(Within(milliseconds(20))).Is(Code::kDeadlineExceeded));
  EXPECT_FALSE(child->TryWait());
  EXPECT_TRUE(Eventually([&] { return child->Stdout() == "ready\n"; }));
  ASSERT_TRUE(child->Signal(SIGKILL).ok());
  EXPECT_EQ(child->Wait(Within(milliseconds(20000))).value(), (ExitStatus{0, SIGKILL}));
  EXPECT_TRUE(child->Signal(SIGKILL).Is(Code::kFailedPrecondition));
}

TEST(Subprocess, StopsAndContinues) {
  // By the shell alone: one that has just forked for a command waits for that in another state.
  const auto child = Subprocess::Spawn(Shell("while :; do echo tick; done")).value();
  ASSERT_TRUE(child->SignalGroup(SIGSTOP).ok());
  const auto state = [&] {
    const std::string text = ReadTextFile("/proc/" + std::to_string(child->pid()) + "/stat");
    return text.at(text.rfind(')') + 2);
  };
  EXPECT_TRUE(Eventually([&] { return state() == 'T'; }));
  ASSERT_TRUE(child->SignalGroup(SIGCONT).ok());
  const std::size_t before = child->Stdout().size();
  EXPECT_TRUE(Eventually([&] { return child->Stdout().size() > before; }));
}

TEST(Subprocess, DestructionKillsTheWholeGroup) {
  auto child = Subprocess::Spawn(Shell("sleep 600 & echo $!; wait")).value();
  ASSERT_TRUE(Eventually([&] { return child->Stdout().ends_with("\n"); }));
  const pid_t grandchild = std::stoi(child->Stdout());
  EXPECT_TRUE(IsAlive(grandchild));
  child.reset();
  EXPECT_TRUE(Eventually([&] { return !IsAlive(grandchild); }));
}

TEST(Subprocess, DiesWithTheThreadThatSpawnedItUnlessToldOtherwise) {
  std::unique_ptr<Subprocess> tied;
  std::unique_ptr<Subprocess> free;
  std::thread([&] {
    SubprocessOptions options = Shell("exec sleep 600");
    tied = Subprocess::Spawn(options).value();
    options.parent_death_signal = 0;
    free = Subprocess::Spawn(options).value();
  }).join();
  EXPECT_EQ(tied->Wait(Within(milliseconds(20000))).value(), (ExitStatus{0, SIGKILL}));
  EXPECT_FALSE(free->TryWait());
}

TEST(Subprocess, RunsAsSomebodyElseAndStillDiesWithItsParent) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  SubprocessOptions options = Shell("id -u; id -G; exec sleep 600");
  options.user = FindOsUser("nobody").value();
  std::unique_ptr<Subprocess> child;
  std::thread([&] {
    child = Subprocess::Spawn(options).value();
    EXPECT_TRUE(Eventually([&] { return child->Stdout() == "65534\n65534\n"; }));
  }).join();
  EXPECT_EQ(child->Wait(Within(milliseconds(20000))).value(), (ExitStatus{0, SIGKILL}));
}

TEST(Subprocess, SaysWhyItCannotStart) {
  EXPECT_TRUE(Subprocess::Spawn({}).Is(Code::kInvalidArgument));
  EXPECT_TRUE(Subprocess::Spawn({.argv = {"no-such-program"}}).Is(Code::kNotFound));
  EXPECT_TRUE(Subprocess::Spawn({.argv = {"/no/such/program"}}).Is(Code::kNotFound));
  EXPECT_TRUE(Subprocess::Spawn({.argv = {"/etc/passwd"}}).Is(Code::kPermissionDenied));
  SubprocessOptions options = Shell("true");
  options.working_folder = "/no/such/folder";
  const auto child = Subprocess::Spawn(options);
  ASSERT_TRUE(child.Is(Code::kNotFound));
  EXPECT_NE(child.error().message.find("enter its folder"), std::string::npos);
  EXPECT_TRUE(FindOsUser("no such user").Is(Code::kNotFound));
}

}  // namespace
}  // namespace pgattic::sandbox
