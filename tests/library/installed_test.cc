// The package as a user has it: installed, found by CMake, built against, run on an archive.
#include <cstdlib>
#include <filesystem>

#include "tests/e2e/game_archive.h"

namespace pgattic::test {
namespace {

namespace fs = std::filesystem;

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// Runs a tool and returns its output; fails the test unless it exits with `code`.
std::string Tool(const std::vector<std::string>& argv, int code = 0) {
  sandbox::SubprocessOptions options;
  options.argv = argv;
  options.env = {{"LD_LIBRARY_PATH", ""}};
  const OpContext ctx = OpContext().WithDeadline(std::chrono::minutes(5));
  const auto ran = sandbox::Subprocess::Run(ctx, options);
  EXPECT_TRUE(ran.ok()) << ran.error().ToString();
  if (!ran.ok()) return "";
  EXPECT_EQ(ran->exit.code, code) << argv.front() << ": " << ran->out << ran->err;
  return ran->out;
}

class Installed : public GameArchive {
 protected:
  void SetUp() override {
    GameArchive::SetUp();
    LoadMonths({1}, 60);
    build_ = fs::path(Variable("PGATTIC_BIN")).parent_path();
    Tool({"cmake", "--install", build_, "--prefix", folder() + "/first"});
    // The tree may be moved.
    fs::rename(folder() + "/first", prefix());
  }
  std::string prefix() const { return folder() + "/prefix"; }
  void BuildExample() {
    Tool({"cmake", "-S", Variable("PGATTIC_SOURCE_DIR") + "/examples/cpp", "-B", example(),
          "-DCMAKE_PREFIX_PATH=" + prefix(), "-DCMAKE_CXX_FLAGS=" PGATTIC_TEST_CXX_FLAGS,
          "-DCMAKE_CXX_EXTENSIONS=OFF", "-DCMAKE_BUILD_TYPE=Debug"});
    Tool({"cmake", "--build", example()});
  }
  std::string example() const { return folder() + "/example"; }

  std::string build_;
};

TEST_F(Installed, TheExampleBuildsAndReadsAnArchivedGame) {
  const std::string where =
      " FROM public.past_games WHERE gid IN (SELECT uuid FROM public.games WHERE "
      "migration_status = 1 AND stats IS NULL) AND game_request <> '{}' LIMIT 1";
  const std::string id = One("SELECT gid" + where);
  const std::string players =
      One("SELECT string_agg(' player ' || player_id, '' ORDER BY player_index) FROM "
          "public.game_players WHERE game_uuid = '" +
          id + "'");
  const std::string expected =
      One("SELECT ' lexicon ' || (game_request ->> 'lexicon') || '" + players +
          " document ' || game_document::text FROM public.past_games WHERE gid = '" + id + "'") +
      "\n";
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  BuildExample();
  const std::string program = example() + "/read_games";
  EXPECT_EQ(Tool({program, config(), id}),
            id + " available from database status migrated" + expected);
  const Ran ran = Pgattic({"archive"});
  ASSERT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_EQ(Tool({program, config(), id}),
            id + " available from archive status archived" + expected);
  EXPECT_EQ(Tool({program, config(), "nobody"}, 1), "nobody absent\n");
  Tool({program, folder() + "/no.toml", id}, 2);
}

TEST_F(Installed, NothingLeansOnTheBuildTree) {
  BuildExample();
  for (const std::string& file :
       {example() + "/read_games", prefix() + "/lib/libpgattic.so", prefix() + "/bin/pgattic"}) {
    const std::string libraries = Tool({"ldd", file});
    EXPECT_EQ(libraries.find(Variable("PGATTIC_SOURCE_DIR")), std::string::npos) << libraries;
    EXPECT_EQ(libraries.find("not found"), std::string::npos) << libraries;
  }
  EXPECT_NE(Tool({prefix() + "/bin/pgattic", "--version"}), "");
}

TEST_F(Installed, HeadersNameNoForeignLibrary) {
  int headers = 0;
  for (const auto& entry : fs::directory_iterator(prefix() + "/include/pgattic")) {
    ++headers;
    const std::string code = Tool({"grep", "^#include", entry.path()});
    for (const char* foreign : {"arrow", "parquet", "libpq", "aws", "nlohmann", "spdlog", "\""}) {
      EXPECT_EQ(code.find(foreign), std::string::npos) << entry.path() << ": " << code;
    }
  }
  EXPECT_GE(headers, 5);
}

}  // namespace
}  // namespace pgattic::test
