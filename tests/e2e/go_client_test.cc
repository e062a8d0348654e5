// A game server's Get, in Go, by a client generated from the .proto: examples/go.
#include <cstdlib>
#include <fstream>

#include "served_archive.h"

namespace pgattic::test {
namespace {

using sandbox::Subprocess;
using sandbox::SubprocessOptions;

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// The system's Go, else the one of third_party/.
std::string GoProgram() {
  const std::string fetched = Variable("PGATTIC_THIRD_PARTY") + "/golang/go/bin/go";
  const auto ran = Subprocess::Run(OpContext(), {.argv = {"go", "version"}});
  return ran.ok() && ran->exit.ok() ? "go" : fetched;
}

class GoClient : public ServedArchive {
 protected:
  void SetUp() override {
    ServedArchive::SetUp();
    program_ = folder() + "/client";
    const std::string home = Variable("PGATTIC_THIRD_PARTY") + "/go";
    SubprocessOptions build;
    build.argv = {GoProgram(), "build", "-buildvcs=false", "-mod=readonly", "-o", program_, "."};
    build.working_folder = Variable("PGATTIC_SOURCE_DIR") + "/examples/go";
    build.env = {{"GOPROXY", "off"},   {"GOTOOLCHAIN", "local"},
                 {"GOENV", "off"},     {"GOFLAGS", ""},
                 {"GOPATH", home},     {"GOMODCACHE", home + "/pkg/mod"},
                 {"CGO_ENABLED", "0"}, {"GOCACHE", home + "/build-cache"}};
    const auto built = Subprocess::Run(OpContext(), build);
    ASSERT_TRUE(built.ok() && built->exit.ok()) << (built.ok() ? built->err : "no go");
  }

  sandbox::SubprocessOutcome Client(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {program_, "-base", base()});
    auto ran = Subprocess::Run(OpContext().WithDeadline(std::chrono::minutes(1)),
                               {.argv = std::move(arguments)});
    EXPECT_TRUE(ran.ok());
    return ran.ok() ? std::move(*ran) : sandbox::SubprocessOutcome{};
  }

  /// The line that the client prints for an archived game.
  std::string LineOf(const std::string& id) {
    const std::string row = Pgattic({"get", id}).out;
    const std::string begin = "\"game_document\": ";
    const std::size_t from = row.find(begin) + begin.size();
    const std::size_t to = row.find(", \"stats\": ", from);
    return id + " TIER_ status 3, 2 players, document " + row.substr(from, to - from);
  }

  /// The same of a line that it printed: any tier, no time.
  static std::string WithoutTier(std::string line) {
    const std::size_t tier = line.find("TIER_");
    const std::size_t end = line.find(' ', tier);
    const std::size_t time = line.find(" players, ") + 10;
    const std::size_t document = line.find("document ", time);
    if (tier == line.npos || document == line.npos) return line;
    line.erase(time, document - time);
    return line.erase(tier + 5, end - tier - 5);
  }

 private:
  std::string program_;
};

TEST_F(GoClient, GetsGamesByEachFormOfTheProtocol) {
  ArchiveAll();
  StartServing();
  const std::string id = SomeId();
  const std::string wanted = LineOf(id);
  for (const std::vector<std::string>& form : std::vector<std::vector<std::string>>{
           {}, {"-json"}, {"-get"}, {"-get", "-json"}, {"-batch"}, {"-batch", "-json"}}) {
    std::vector<std::string> arguments = form;
    arguments.insert(arguments.end(), {id, "no-such-game"});
    const auto ran = Client(arguments);
    ASSERT_TRUE(ran.exit.ok()) << ran.err;
    const std::size_t end = ran.out.find('\n');
    EXPECT_EQ(WithoutTier(ran.out.substr(0, end)), wanted);
    EXPECT_EQ(ran.out.substr(end + 1), "no-such-game not found\n");
  }
}

TEST_F(GoClient, GetsBasicInfoWhileTheStoreIsDown) {
  UseS3();
  ArchiveAll();
  StartServing({"--lookup-store-deadline", "300ms"});
  s3().Freeze();
  const std::string id = SomeId();
  EXPECT_EQ(Client({id}).out, id + " temporarily unavailable, status 3\n");
  s3().Wake();
}

TEST_F(GoClient, SendsItsToken) {
  ArchiveAll();
  const std::string file = folder() + "/tokens";
  std::ofstream(file) << "# of the game server\n0123456789abcdef-good\n";
  StartServing({"--serve-tokens-file", file});
  const std::string id = SomeId();
  const auto refused = Client({"-token", "0123456789abcdef-evil", id});
  EXPECT_EQ(refused.exit.code, 1);
  EXPECT_NE(refused.err.find("unauthenticated"), refused.err.npos) << refused.err;
  EXPECT_EQ(WithoutTier(Client({"-token", "0123456789abcdef-good", id}).out), LineOf(id) + "\n");
}

}  // namespace
}  // namespace pgattic::test
