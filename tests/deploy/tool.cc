#include "tests/deploy/tool.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <regex>

#include "sandbox/text_file.h"

namespace pgattic::test {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? "" : value;
}

std::string InSources(const std::string& path) {
  return Variable("PGATTIC_SOURCE_DIR") + "/" + path;
}

std::string FileText(const std::string& path) {
  std::string text = sandbox::ReadTextFile(path);
  EXPECT_FALSE(text.empty()) << path;
  return text;
}

sandbox::SubprocessOutcome RunTool(const std::vector<std::string>& argv,
                                   const std::map<std::string, std::string>& env,
                                   const std::string& input) {
  const OpContext ctx = OpContext().WithDeadline(std::chrono::minutes(5));
  auto ran = sandbox::Subprocess::Run(ctx, {.argv = argv, .env = env, .input = input});
  EXPECT_TRUE(ran.ok()) << argv.front() << ": " << (ran.ok() ? "" : ran.error().ToString());
  if (ran.ok()) return std::move(*ran);
  sandbox::SubprocessOutcome none;
  none.exit.code = -1;
  return none;
}

std::set<std::string> AllOf(const std::string& pattern, const std::string& text) {
  std::set<std::string> found;
  const std::regex expression(pattern);
  for (std::sregex_iterator it(text.begin(), text.end(), expression), end; it != end; ++it) {
    found.insert((*it)[1]);
  }
  return found;
}

std::set<std::string> CommandNames() {
  const std::string help = RunTool({Variable("PGATTIC_BIN"), "--help"}).out;
  const std::size_t from = help.find("Subcommands:");
  const std::size_t to = help.find("Configuration keys", from);
  EXPECT_NE(to, help.npos) << help;
  return AllOf("\n  ([a-z]+) ", help.substr(from, to - from));
}

}  // namespace pgattic::test
