// The systemd units: well formed, and shut in.
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>

#include "sandbox/scratch_folder.h"
#include "sandbox/text_file.h"
#include "tests/deploy/tool.h"

namespace pgattic::test {
namespace {

constexpr const char* kServices[] = {"pgattic-archive.service", "pgattic-scrub.service",
                                     "pgattic-serve.service"};
constexpr const char* kTimers[] = {"pgattic-archive.timer", "pgattic-scrub.timer"};

std::string UnitPath(const std::string& name) { return InSources("deploy/systemd/" + name); }

TEST(Units, AreExposedAtMostThreeOfTen) {
  for (const char* service : kServices) {
    // The threshold is in tenths.
    const auto ran = RunTool({"systemd-analyze", "security", "--offline=true", "--threshold=30",
                              "--no-pager", UnitPath(service)});
    EXPECT_TRUE(ran.exit.ok()) << ran.out << ran.err;
    EXPECT_NE(ran.out.find("Overall exposure level"), ran.out.npos) << ran.out;
  }
}

TEST(Units, AreWellFormed) {
  auto scratch = sandbox::ScratchFolder::Make({});
  ASSERT_TRUE(scratch.ok());
  std::vector<std::string> argv = {"systemd-analyze", "verify", "--man=no"};
  std::vector<std::string> units(std::begin(kServices), std::end(kServices));
  units.insert(units.end(), std::begin(kTimers), std::end(kTimers));
  for (const std::string& unit : units) {
    // The program is looked for where the package puts it, which is not here.
    const std::string text =
        std::regex_replace(FileText(UnitPath(unit)), std::regex("/usr/bin/pgattic"), "/bin/true");
    argv.push_back((*scratch)->path() + "/" + unit);
    ASSERT_TRUE(sandbox::WriteTextFile(argv.back(), text).ok());
  }
  const auto ran = RunTool(argv);
  EXPECT_TRUE(ran.exit.ok());
  EXPECT_EQ(ran.out + ran.err, "");
}

}  // namespace
}  // namespace pgattic::test
