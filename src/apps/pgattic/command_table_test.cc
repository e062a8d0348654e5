// What the parser knows is what completion and manual tell.
#include "command_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "manual.h"
#include "shell_completion.h"

namespace pgattic::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CommandTableTest : public ::testing::Test {
 protected:
  CommandTableTest() {
    AddCommon(app_);
    CLI::App* fetch = app_.add_subcommand("fetch", "fetch what isn't there… yet");
    AddCommon(*fetch);
    fetch->add_option("id", ids_, ".dotted; back\\slash")->required();
    fetch->add_option("--until", text_, "stop at this phase");
    app_.add_subcommand("help", "explain");
  }
  void AddCommon(CLI::App& app) {
    app.add_option("-c,--config", text_, "a file");
    app.add_flag("--json", flag_, "print JSON");
    app.add_option("--run-workers", text_, "a key")->group("");
  }

  std::string text_;
  std::vector<std::string> ids_;
  bool flag_ = false;
  CLI::App app_{"fetches"};
};

TEST_F(CommandTableTest, HasEveryCommandWithItsOwnOptions) {
  const CommandTable table = TableOf(app_);
  ASSERT_EQ(table.commands.size(), 2U);
  EXPECT_EQ(table.commands[0].name, "fetch");
  ASSERT_EQ(table.commands[0].options.size(), 2U);
  const OptionEntry& id = table.commands[0].options[0];
  EXPECT_TRUE(id.is_argument && id.is_required && id.is_repeatable);
  EXPECT_THAT(id.names, ElementsAre("id"));
  EXPECT_FALSE(table.commands[0].options[1].is_argument);
  ASSERT_EQ(table.common.size(), 3U);  // --help, --config, --json
  EXPECT_THAT(table.common[1].names, ElementsAre("-c", "--config"));
  EXPECT_TRUE(table.common[1].takes_value);
  EXPECT_FALSE(table.common[2].takes_value);
}

TEST_F(CommandTableTest, CompletionNamesThemAndRefusesAnotherShell) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const auto script = CompletionFor(shell, TableOf(app_), {"--run-workers"});
    ASSERT_TRUE(script.ok());
    for (const char* word : {"fetch", "until", "config", "run-workers"}) {
      EXPECT_THAT(*script, HasSubstr(word)) << shell;
    }
  }
  EXPECT_EQ(CompletionFor("csh", TableOf(app_), {}).code(), Code::kInvalidArgument);
}

TEST_F(CommandTableTest, ManualIsAsciiAndStartsNoRequestByAccident) {
  const std::string page = ManualPage(TableOf(app_));
  EXPECT_THAT(page, HasSubstr("Fetch what isn't there\\[u2026] yet.\n"));
  EXPECT_THAT(page, HasSubstr("\n\\&.dotted; back\\eslash\n"));
  EXPECT_THAT(page, HasSubstr("\\fBrun.workers\\fR"));
  for (const char c : page) ASSERT_LT(static_cast<unsigned char>(c), 0x80) << page;
}

}  // namespace
}  // namespace pgattic::app
