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

/// Builds a package, as the module of examples/go has it, into `output`.
void BuildGo(const std::string& package, const std::string& output) {
  const std::string home = Variable("PGATTIC_THIRD_PARTY") + "/go";
  SubprocessOptions build;
  build.argv = {GoProgram(), "build", "-buildvcs=false", "-mod=readonly", "-o", output, package};
  build.working_folder = Variable("PGATTIC_SOURCE_DIR") + "/examples/go";
  build.env = {{"GOPROXY", "off"},   {"GOTOOLCHAIN", "local"},
               {"GOENV", "off"},     {"GOFLAGS", ""},
               {"GOPATH", home},     {"GOMODCACHE", home + "/pkg/mod"},
               {"CGO_ENABLED", "0"}, {"GOCACHE", home + "/build-cache"}};
  const auto built = Subprocess::Run(OpContext(), build);
  ASSERT_TRUE(built.ok() && built->exit.ok()) << (built.ok() ? built->err : "no go");
}

/// The lines of a generated file, without the one that names the version of protoc.
std::vector<std::string> Generated(const std::string& file) {
  std::ifstream stream(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    if (!line.starts_with("// \tprotoc ")) lines.push_back(line);
  }
  return lines;
}

class GoClient : public ServedArchive {
 protected:
  void SetUp() override {
    ServedArchive::SetUp();
    program_ = folder() + "/client";
    BuildGo(".", program_);
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

TEST_F(GoClient, TellsOfEachGameOfABatchWhyItIsNotThere) {
  UseS3();
  ArchiveAll();
  const std::vector<std::string> ids =
      Sql("SELECT uuid FROM public.games WHERE migration_status = 3 ORDER BY uuid LIMIT 2");
  ASSERT_EQ(Pgattic({"erase", ids[0]}).code, 0);
  StartServing({"--lookup-store-deadline", "300ms"});
  const auto there = Client({"-batch", ids[0], "no-such-game", ids[1]});
  ASSERT_TRUE(there.exit.ok()) << there.err;
  const std::string others = ids[0] + " erased\nno-such-game not found\n";
  ASSERT_EQ(there.out.substr(0, others.size()), others);
  EXPECT_EQ(WithoutTier(there.out.substr(others.size())), LineOf(ids[1]) + "\n");
  EXPECT_EQ(Client({ids[0], "no-such-game"}).out, others);
}

TEST_F(GoClient, GetsBasicInfoOfABatchWhileTheStoreIsDown) {
  UseS3();
  ArchiveAll();
  StartServing({"--lookup-store-deadline", "300ms"});
  const std::vector<std::string> ids =
      Sql("SELECT uuid FROM public.games WHERE migration_status = 3 AND type <> 1 AND "
          "num_nonnulls(timers, history, stats, quickdata) = 0 ORDER BY uuid LIMIT 2");
  s3().Freeze();
  // Whether a game is absent cannot be told while an archive does not answer.
  const std::string wanted = ids[0] + " temporarily unavailable, status 3\n" +
                             "no-such-game temporarily unavailable\n" + ids[1] +
                             " temporarily unavailable, status 3\n";
  for (const char* form : {"-json=false", "-json"}) {
    const auto ran = Client({"-batch", form, ids[0], "no-such-game", ids[1]});
    EXPECT_TRUE(ran.exit.ok()) << ran.err;
    EXPECT_EQ(ran.out, wanted);
  }
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

TEST(GoClientCode, IsWhatIsGeneratedFromTheProtocol) {
  const auto scratch = sandbox::ScratchFolder::Make({});
  ASSERT_TRUE(scratch.ok()) << scratch.error().ToString();
  const std::string& folder = (*scratch)->path();
  BuildGo("google.golang.org/protobuf/cmd/protoc-gen-go", folder + "/protoc-gen-go");
  BuildGo("connectrpc.com/connect/cmd/protoc-gen-connect-go", folder + "/protoc-gen-connect-go");
  const std::string source = Variable("PGATTIC_SOURCE_DIR");
  const std::string option = "_opt=module=pgattic.example/client";
  const auto made = Subprocess::Run(
      OpContext(), {.argv = {"protoc", "--proto_path=" + source + "/proto", "--go_out=" + folder,
                             "--go" + option, "--connect-go_out=" + folder, "--connect-go" + option,
                             source + "/proto/pgattic/v1/archive.proto"},
                    .env = {{"PATH", folder + ":" + Variable("PATH")}}});
  ASSERT_TRUE(made.ok() && made->exit.ok()) << (made.ok() ? made->err : "no protoc");
  for (const char* file :
       {"/gen/pgattic/v1/archive.pb.go", "/gen/pgattic/v1/pgatticv1connect/archive.connect.go"}) {
    const std::vector<std::string> lines = Generated(source + "/examples/go" + file);
    EXPECT_GT(lines.size(), 100U) << file;
    EXPECT_EQ(lines, Generated(folder + file)) << "generate it again; see examples/go/README.md";
  }
}

}  // namespace
}  // namespace pgattic::test
