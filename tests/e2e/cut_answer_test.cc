// `pgattic query` that fails in the midst of its answer: what it left is not taken for a whole one.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "queried_archive.h"

namespace pgattic::test {
namespace {

namespace fs = std::filesystem;

/// Fails after many rows.
constexpr const char* kFailsMidway =
    "SELECT CASE WHEN range < 90000 THEN range ELSE CAST('x' || range AS bigint) END AS n "
    "FROM range(100000)";
constexpr const char* kCut = "standard output has a part";

class CutAnswer : public QueriedArchive {
 protected:
  void SetUp() override {
    QueriedArchive::SetUp();
    LoadMonths({1}, 5);
    ASSERT_EQ(Pgattic({"init"}).code, 0);
  }
  /// The program and its arguments for a shell.
  std::string Shell(const std::string& arguments) const {
    return std::string(std::getenv("PGATTIC_BIN")) + " query " + arguments + " -c " + config();
  }
  static std::string TextOf(const std::string& path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
};

TEST_F(CutAnswer, OnStandardOutputHasNoEndAndNothingIsAddedToIt) {
  for (const std::string format : {"json", "csv"}) {
    for (const bool json : {false, true}) {
      std::vector<std::string> arguments = {"query", kFailsMidway, "--format", format};
      if (json) arguments.emplace_back("--json");
      const Ran ran = Pgattic(arguments);
      EXPECT_EQ(ran.code, 2) << ran.err;
      EXPECT_NE(ran.err.find("Could not convert string 'x90000'"), ran.err.npos) << ran.err;
      EXPECT_NE(ran.err.find(kCut), ran.err.npos) << ran.err;
      EXPECT_EQ(ran.out.find("error"), ran.out.npos);
      EXPECT_NE(ran.out.find("2047"), ran.out.npos) << "rows were on their way";
      EXPECT_FALSE(nlohmann::json::accept(ran.out));
      EXPECT_FALSE(ran.out.ends_with("\n")) << format;
    }
  }
}

TEST_F(CutAnswer, OneThatDidNotBeginIsAnErrorAlone) {
  const Ran json =
      Pgattic({"query", "SELECT CAST('x' || range AS bigint) FROM range(9)", "--json"});
  EXPECT_EQ(json.code, 2);
  EXPECT_EQ(json.json()["error"]["code"], "InvalidArgument") << json.out;
  const Ran csv =
      Pgattic({"query", "SELECT CAST('x' || range AS bigint) FROM range(9)", "--format", "csv"});
  EXPECT_EQ(csv.code, 2);
  EXPECT_EQ(csv.out, "");
  EXPECT_EQ(csv.err.find(kCut), csv.err.npos) << csv.err;
}

TEST_F(CutAnswer, InAFileIsNotThereAndTheFormerOneStays) {
  const std::string out = folder() + "/out";
  for (const std::string format : {"json", "csv", "table", "parquet"}) {
    for (const bool has_former : {false, true}) {
      fs::create_directories(out);
      const std::string path = out + "/answer." + format;
      if (has_former) std::ofstream(path) << "former";
      const Ran ran =
          Pgattic({"query", kFailsMidway, "--format", format, "--output", path, "--json"});
      EXPECT_EQ(ran.code, 2) << ran.err;
      EXPECT_EQ(ran.json()["error"]["code"], "InvalidArgument") << ran.out;
      EXPECT_EQ(TextOf(path), has_former ? "former" : "");
      fs::remove(path);
      EXPECT_TRUE(fs::is_empty(out)) << format;
    }
  }
}

TEST_F(CutAnswer, IsToldAlsoWhereNobodyReadsStandardOutput) {
  sandbox::SubprocessOptions shell;
  shell.argv = {"sh", "-c",
                "{ " + Shell("'FROM range(900000000)' --format csv --timeout 1s") +
                    "; echo \"exit $?\" >&2; } | sleep 4"};
  const auto ran =
      sandbox::Subprocess::Run(OpContext().WithDeadline(std::chrono::minutes(1)), shell);
  ASSERT_TRUE(ran.ok());
  EXPECT_NE(ran->err.find("exit 1"), ran->err.npos) << ran->err;
  EXPECT_NE(ran->err.find("pgattic: "), ran->err.npos) << ran->err;
  EXPECT_NE(ran->err.find(kCut), ran->err.npos) << ran->err;
}

TEST_F(CutAnswer, AFullDiskLeavesNoFile) {
  const std::string out = folder() + "/out";
  fs::create_directories(out);
  for (const std::string format : {"json", "csv", "parquet"}) {
    sandbox::SubprocessOptions shell;
    // In blocks of 512 bytes; the signal of that limit is ignored, so that writing fails.
    shell.argv = {"sh", "-c",
                  "trap '' XFSZ; ulimit -f 100; " +
                      Shell("'SELECT md5(range::varchar) AS t FROM range(90000)' --format " +
                            format + " --output " + out + "/answer")};
    const auto ran =
        sandbox::Subprocess::Run(OpContext().WithDeadline(std::chrono::minutes(1)), shell);
    ASSERT_TRUE(ran.ok());
    EXPECT_EQ(ran->exit.code, 1) << format << ran->err;
    EXPECT_NE(ran->err.find("pgattic: "), ran->err.npos) << ran->err;
    EXPECT_TRUE(fs::is_empty(out)) << format;
  }
}

}  // namespace
}  // namespace pgattic::test
