// `pgattic demo`, as `make demo` runs it: what it shows of the size of past_games.
#include <filesystem>
#include <regex>

#include "game_archive.h"

namespace pgattic::test {
namespace {

/// How many hundredths smaller the demo says a thing is; -1: it does not say.
int SmallerBy(const std::string& out, const std::string& what) {
  std::smatch match;
  const std::regex line("\n" + what + " .* ([0-9]+) %");
  return std::regex_search(out, match, line) ? std::stoi(match[1]) : -1;
}

TEST_F(GameArchive, TheDemoMakesPastGamesSmallerByAtLeast85Hundredths) {
  sandbox::SubprocessOptions options;
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  options.argv = {std::getenv("PGATTIC_BIN"), "demo", "--folder", folder() + "/demo"};
  const auto ran = sandbox::Subprocess::Run(OpContext(), options);
  ASSERT_TRUE(ran.ok() && ran->exit.ok()) << (ran.ok() ? ran->err : ran.error().ToString());
  EXPECT_GE(SmallerBy(ran->out, "past_games"), 85) << ran->out;
  EXPECT_NE(ran->out.find("21 months"), std::string::npos) << ran->out;
}

}  // namespace
}  // namespace pgattic::test
