#include "usage_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pgattic::app {
namespace {

class UsageErrorTest : public ::testing::Test {
 protected:
  UsageErrorTest() {
    app_.require_subcommand(1);
    app_.add_flag("--json", flag_, "print JSON");
    CLI::App* archive = app_.add_subcommand("archive", "archive months");
    archive->add_option("--until", text_, "stop at this phase");
    archive->add_option("--workers", number_, "how many");
    app_.add_subcommand("get", "read rows")->add_option("id", text_, "ids")->required();
  }

  /// What is said of these words.
  std::string Said(std::vector<std::string> reversed) {
    std::reverse(reversed.begin(), reversed.end());
    try {
      app_.parse(reversed);
    } catch (const CLI::ParseError& error) {
      const Status status = UsageError(app_, error);
      EXPECT_EQ(status.code(), Code::kInvalidArgument);
      return status.error().message;
    }
    return "taken";
  }

  std::string text_;
  int number_ = 0;
  bool flag_ = false;
  CLI::App app_{"archives"};
};

TEST_F(UsageErrorTest, NamesTheCommandThatIsUnknown) {
  EXPECT_EQ(Said({"archiv"}), "there is no command 'archiv'; did you mean 'archive'?");
  EXPECT_EQ(Said({"--json", "frobnicate"}),
            "there is no command 'frobnicate'; `pgattic help` lists them");
  EXPECT_EQ(Said({}), "name a command; `pgattic help` lists them");
  EXPECT_EQ(Said({"--json"}), "name a command; `pgattic help` lists them");
}

TEST_F(UsageErrorTest, NamesTheFlagThatIsUnknown) {
  EXPECT_EQ(Said({"--jsn"}), "there is no flag '--jsn'; did you mean '--json'?");
  EXPECT_EQ(Said({"archive", "--untl=marked"}),
            "there is no flag '--untl' of `pgattic archive`; did you mean '--until'?");
  EXPECT_EQ(Said({"archive", "--frobnicate"}),
            "there is no flag '--frobnicate' of `pgattic archive`; `pgattic help archive` explains "
            "it");
}

TEST_F(UsageErrorTest, NamesWhatIsTooMuchMissingOrOfAnotherType) {
  EXPECT_EQ(Said({"archive", "may"}),
            "`pgattic archive` does not take 'may'; `pgattic help archive` explains it");
  EXPECT_EQ(Said({"get"}), "id is required; `pgattic help get` explains it");
  EXPECT_THAT(Said({"archive", "--workers", "many"}), ::testing::HasSubstr("many"));
  EXPECT_THAT(Said({"archive", "--until"}), ::testing::HasSubstr("--until"));
  EXPECT_EQ(Said({"archive", "--until", "marked"}), "taken");
}

}  // namespace
}  // namespace pgattic::app
