// Completion in the shells themselves, and the manual as man prints it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "sandbox/scratch_folder.h"
#include "sandbox/text_file.h"
#include "tests/deploy/tool.h"

namespace pgattic::test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class Completion : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto scratch = sandbox::ScratchFolder::Make({});
    ASSERT_TRUE(scratch.ok());
    scratch_ = std::move(*scratch);
    const auto made = RunTool({Variable("PGATTIC_BIN"), "help", "--completion", GetParam()});
    ASSERT_TRUE(made.exit.ok()) << made.err;
    script_ = scratch_->path() + "/script";
    ASSERT_TRUE(sandbox::WriteTextFile(script_, made.out).ok());
  }

  /// What the shell offers after these words, of which the last is incomplete.
  std::set<std::string> After(const std::vector<std::string>& words) {
    std::string list;
    for (const std::string& word : words) list += " '" + word + "'";
    const std::string last = std::to_string(words.size());
    std::vector<std::string> argv;
    if (GetParam() == "bash") {
      argv = {"bash", "--norc", "-c",
              "source " + script_ + "; COMP_WORDS=(pgattic" + list + "); COMP_CWORD=" + last +
                  "; _pgattic; printf '%s\\n' \"${COMPREPLY[@]}\""};
    } else if (GetParam() == "zsh") {
      // Completion's own functions, as far as the script calls them.
      argv = {"zsh", "-f", "-c",
              "_describe() { [[ $1 == -o ]] && shift; print -l -- \"${(@P)2}\" | sed 's/:.*//' }; "
              "_files() { print FILES }; words=(pgattic" +
                  list + "); CURRENT=" + std::to_string(words.size() + 1) + "; source " + script_};
    } else {
      std::string line = "pgattic";
      for (const std::string& word : words) line += " " + word;
      argv = {"fish", "--no-config", "-c", "source " + script_ + "; complete -C '" + line + "'"};
    }
    const auto ran = RunTool(argv, {{"HOME", scratch_->path()}});
    EXPECT_EQ(ran.err, "");
    std::set<std::string> offers;
    std::istringstream lines(ran.out);
    for (std::string one; std::getline(lines, one);) offers.insert(one.substr(0, one.find('\t')));
    return offers;
  }

  std::unique_ptr<sandbox::ScratchFolder> scratch_;
  std::string script_;
};

TEST_P(Completion, OffersEveryCommand) {
  const std::set<std::string> offers = After({""});
  const std::set<std::string> commands = CommandNames();
  EXPECT_GE(commands.size(), 10U);
  for (const std::string& command : commands) EXPECT_THAT(offers, Contains(command));
}

TEST_P(Completion, OffersTheOptionsOfTheCommandAndOfAll) {
  const std::set<std::string> offers = After({"archive", "--"});
  for (const char* option : {"--partition", "--until", "--json", "--config", "--run-workers"}) {
    EXPECT_THAT(offers, Contains(option));
  }
  EXPECT_THAT(offers, Not(Contains("--created-at")));
  EXPECT_THAT(After({"--json", "get", "--"}), Contains("--created-at"));
  EXPECT_THAT(After({"erase", "--"}), Contains("--where"));
}

INSTANTIATE_TEST_SUITE_P(Shells, Completion, ::testing::Values("bash", "zsh", "fish"),
                         [](const auto& shell) { return shell.param; });

TEST(Manual, ManPrintsItWithoutAWarning) {
  const auto page = RunTool({Variable("PGATTIC_BIN"), "help", "--man"});
  ASSERT_TRUE(page.exit.ok());
  const auto shown =
      RunTool({"man", "--warnings", "-l", "-"},
              {{"MANPAGER", "cat"}, {"MANWIDTH", "100"}, {"LC_ALL", "C.UTF-8"}}, page.out);
  EXPECT_TRUE(shown.exit.ok());
  EXPECT_EQ(shown.err, "");
  for (const std::string& command : CommandNames()) {
    EXPECT_THAT(shown.out, HasSubstr("pgattic " + command)) << command;
  }
  for (const char* text :
       {"EXIT STATUS", "run.workers", "retention_months", "--created-at", "--where", "…"}) {
    EXPECT_THAT(shown.out, HasSubstr(text));
  }
}

}  // namespace
}  // namespace pgattic::test
