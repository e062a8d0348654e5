// The Debian package, taken apart. tests/deploy/clean_debian.sh installs it on a clean system.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>

#include "sandbox/scratch_folder.h"
#include "sandbox/text_file.h"
#include "tests/deploy/tool.h"

namespace pgattic::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class Package : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto scratch = sandbox::ScratchFolder::Make({});
    ASSERT_TRUE(scratch.ok());
    Scratch() = std::move(*scratch);
    const std::string build = fs::path(Variable("PGATTIC_BIN")).parent_path();
    const auto made =
        RunTool({InSources("tools/make_deb.sh"), build, Scratch()->path()}, {{"DEB_LEVEL", "0"}});
    ASSERT_TRUE(made.exit.ok()) << made.out << made.err;
    File() = made.out.substr(0, made.out.find('\n'));
    const auto unpacked = RunTool({"dpkg-deb", "-R", File(), Root()});
    ASSERT_TRUE(unpacked.exit.ok()) << unpacked.err;
  }
  static void TearDownTestSuite() { Scratch().reset(); }

  static std::unique_ptr<sandbox::ScratchFolder>& Scratch() {
    static std::unique_ptr<sandbox::ScratchFolder> scratch;
    return scratch;
  }
  static std::string& File() {
    static std::string file;
    return file;
  }
  static std::string Root() { return Scratch()->path() + "/root"; }
};

TEST_F(Package, HoldsAllThatIsShipped) {
  for (const char* path :
       {"usr/bin/pgattic", "usr/lib/libpgattic.so", "usr/include/pgattic/game_store.h",
        "usr/lib/systemd/system/pgattic-archive.timer", "usr/share/man/man1/pgattic.1.gz",
        "usr/share/bash-completion/completions/pgattic",
        "usr/share/zsh/vendor-completions/_pgattic",
        "usr/share/fish/vendor_completions.d/pgattic.fish", "usr/share/doc/pgattic/copyright",
        "usr/share/doc/pgattic/runbook.md", "usr/share/doc/pgattic/changelog.gz",
        "usr/share/pgattic/sql/grants.sql", "usr/share/pgattic/iam/writer.json",
        "usr/share/pgattic/prometheus/rules.yml", "usr/share/pgattic/grafana/pgattic.json",
        "etc/pgattic/pgattic.toml"}) {
    EXPECT_TRUE(fs::exists(Root() + "/" + path)) << path;
  }
  EXPECT_EQ(FileText(Root() + "/DEBIAN/conffiles"), "/etc/pgattic/pgattic.toml\n");
  const std::string docker = FileText(InSources("deploy/docker/Dockerfile"));
  EXPECT_EQ(AllOf("\nCOPY (\\S+)", docker), std::set<std::string>{"pgattic_*_amd64.deb"});
}

TEST_F(Package, NamesWhatItNeedsOfDebian) {
  const std::string depends = RunTool({"dpkg-deb", "-f", File(), "Depends"}).out;
  for (const char* name : {"libpq5", "libssl3", "libc6", "libstdc++6", "adduser"}) {
    EXPECT_THAT(depends, HasSubstr(name));
  }
  for (const char* name : {"arrow", "parquet", "-dev"}) EXPECT_THAT(depends, Not(HasSubstr(name)));
  for (const std::string& name : AllOf("([a-z][a-z0-9.+-]+)(?: \\(|,|\n)", depends)) {
    EXPECT_TRUE(RunTool({"dpkg-query", "-W", name}).exit.ok()) << name;
  }
}

TEST_F(Package, RunsWithTheLibrariesThatItBrings) {
  const std::string program = Root() + "/usr/bin/pgattic";
  const std::map<std::string, std::string> env = {{"LD_LIBRARY_PATH", ""}};
  EXPECT_THAT(RunTool({program, "--version"}, env).out, HasSubstr("0."));
  for (const std::string& file : {program, Root() + "/usr/lib/libpgattic.so"}) {
    const std::string libraries = RunTool({"ldd", file}, env).out;
    EXPECT_THAT(libraries, Not(HasSubstr("not found")));
    EXPECT_THAT(libraries, Not(HasSubstr("third_party")));
    EXPECT_THAT(libraries, HasSubstr("libarrow"));
  }
}

TEST_F(Package, ItsFilesAreAsTheyWereSummed) {
  const auto ran = RunTool({"sh", "-c", "cd " + Root() + " && md5sum --quiet -c DEBIAN/md5sums"});
  EXPECT_TRUE(ran.exit.ok()) << ran.out;
  for (const char* script : {"postinst", "prerm", "postrm"}) {
    EXPECT_TRUE(RunTool({"sh", "-n", Root() + "/DEBIAN/" + script}).exit.ok()) << script;
  }
  // Nobody but root may write, and secrets have a place that not everybody reads.
  const std::string list = RunTool({"dpkg-deb", "-c", File()}).out;
  EXPECT_EQ(AllOf("\n[-d]....w....\\s+(\\S+)", list), std::set<std::string>{});
  EXPECT_EQ(AllOf("\n[-d].......w.\\s+(\\S+)", list), std::set<std::string>{});
  EXPECT_EQ(AllOf("\n\\S+ (?!root/root)(\\S+)", list), std::set<std::string>{});
  EXPECT_THAT(list, HasSubstr("-rw-r-----"));
}

TEST_F(Package, TheExampleConfigurationHasKnownKeysAlone) {
  const std::string example = FileText(Root() + "/etc/pgattic/pgattic.toml");
  const std::string in_use =
      std::regex_replace(example, std::regex("\n# (\\[|[a-z_]+ = )"), "\n$1");
  ASSERT_NE(in_use, example);
  const std::string file = Scratch()->path() + "/all.toml";
  ASSERT_TRUE(sandbox::WriteTextFile(file, in_use).ok());
  const auto ran = RunTool({Variable("PGATTIC_BIN"), "plan", "-c", file, "--json"},
                           {{"PGATTIC_DATABASE_URL", "host=/nowhere"}});
  EXPECT_THAT(ran.out, HasSubstr("\"code\":\"Unavailable\"")) << ran.err;
}

TEST_F(Package, IamPoliciesAllowWhatTheyAreFor) {
  const auto actions = [](const std::string& file) {
    const auto policy = nlohmann::json::parse(FileText(Root() + "/usr/share/pgattic/iam/" + file));
    std::set<std::string> all;
    for (const auto& statement : policy["Statement"]) {
      EXPECT_EQ(statement["Effect"], "Allow");
      EXPECT_NE(statement["Resource"], "*") << file;
      for (const auto& action : statement["Action"]) all.insert(action);
    }
    return all;
  };
  EXPECT_EQ(actions("reader.json"), (std::set<std::string>{"s3:GetObject", "s3:GetObjectVersion"}));
  for (const std::string& action : actions("writer.json")) {
    EXPECT_THAT(action, Not(HasSubstr("List")));
    EXPECT_THAT(action, Not(HasSubstr("*")));
  }
  for (const std::string& action : actions("athena-reader.json")) {
    EXPECT_THAT(action, Not(HasSubstr("Delete")));
  }
}

}  // namespace
}  // namespace pgattic::test
