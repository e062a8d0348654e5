// The program itself with each engine: the same answers, typed errors, an end when it is ended.
#include <csignal>
#include <filesystem>

#include "engine_archive.h"
#include "tests/support/athena/athena_shim.h"
#include "tests/support/s3/socket.h"

namespace pgattic::test {
namespace {

class ThreeEngines : public EngineArchive {
 protected:
  void SetUp() override {
    EngineArchive::SetUp();
    if (IsSkipped()) return;
    auto shim = AthenaShim::Start(trino().url());
    ASSERT_TRUE(shim.ok()) << shim.error().ToString();
    shim_ = std::move(*shim);
    // The credentials of Athena come by the AWS chain.
    env_ = {{"PGATTIC_ATHENA_ENDPOINT", shim_->endpoint()},
            {"PGATTIC_ATHENA_REGION", AthenaShim::region()},
            {"PGATTIC_ATHENA_DATABASE", schema()},
            {"AWS_ACCESS_KEY_ID", AthenaShim::access_key()},
            {"AWS_SECRET_ACCESS_KEY", AthenaShim::secret_key()},
            {"AWS_SESSION_TOKEN", AthenaShim::session_token()}};
  }
  void ArchiveMonths(const std::vector<int>& months, std::int64_t rows) {
    LoadMonths(months, rows);
    ASSERT_EQ(Pgattic({"init"}).code, 0);
    ASSERT_EQ(Pgattic({"archive"}).code, 0);
    DefineInTrino();
  }
  Ran With(const std::string& engine, std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--engine", engine});
    return Pgattic(arguments, env_);
  }

  std::unique_ptr<AthenaShim> shim_;
  std::map<std::string, std::string> env_;
};

TEST_F(ThreeEngines, GiveTheSameReports) {
  ArchiveMonths({1, 2, 9}, 120);
  const auto reports = Pgattic({"report", "--list", "--json"}).json()["reports"];
  ASSERT_GE(reports.size(), 10U);
  for (const auto& report : reports) {
    const std::string name = report["name"];
    const Ran duckdb = With("duckdb", {"report", name, "--json"});
    ASSERT_EQ(duckdb.code, 0) << name << duckdb.err << duckdb.out;
    EXPECT_FALSE(duckdb.json().empty()) << name;
    for (const char* engine : {"trino", "athena"}) {
      const Ran other = With(engine, {"report", name, "--json"});
      ASSERT_EQ(other.code, 0) << name << other.err << other.out;
      EXPECT_EQ(other.json(), duckdb.json()) << name << " by " << engine;
    }
  }
}

TEST_F(ThreeEngines, TakeTheSameParameters) {
  ArchiveMonths({1, 9}, 20);
  const std::string gid = InTrino("SELECT min(gid) FROM archive WHERE month = 9").at(0);
  for (const char* engine : {"duckdb", "trino", "athena"}) {
    const Ran found = With(engine, {"query", "--json", "--param", gid, "--param", "9",
                                    "SELECT gid FROM archive WHERE gid = ? AND month = CAST(? AS "
                                    "integer);"});
    ASSERT_EQ(found.code, 0) << engine << found.err << found.out;
    EXPECT_EQ(found.json(), nlohmann::json::parse("[{\"gid\": \"" + gid + "\"}]")) << engine;
    EXPECT_NE(found.err.find("scanned"), found.err.npos) << found.err;
    const Ran none = With(engine, {"query", "--json", "--param", "x' OR '1'='1",
                                   "SELECT gid FROM archive WHERE gid = ?"});
    EXPECT_EQ(none.json(), nlohmann::json::array()) << engine << none.err;
    const Ran wrong = With(engine, {"query", "--json", "SELECT nothing FROM archive"});
    EXPECT_EQ(wrong.code, 2) << engine;
    EXPECT_EQ(wrong.json()["error"]["code"], "InvalidArgument") << engine;
  }
}

TEST_F(ThreeEngines, ExplainWithParametersOrSayWhyNot) {
  ArchiveMonths({1}, 10);
  for (const char* engine : {"duckdb", "trino", "athena"}) {
    const Ran ran =
        With(engine, {"query", "--explain", "--json", "--param", "no-such-game", "--param", "1",
                      "SELECT gid FROM archive WHERE gid = ? AND month "
                      "= CAST(? AS integer)"});
    if (engine == std::string("athena")) {
      EXPECT_EQ(ran.json()["error"]["code"], "Unsupported") << ran.out;
      continue;
    }
    ASSERT_EQ(ran.code, 0) << engine << ran.err << ran.out;
    EXPECT_NE(ran.out.find("no-such-game"), ran.out.npos) << engine << ran.out;
  }
}

TEST_F(ThreeEngines, AnAnswerThatFailsMidwayIsNoWholeOne) {
  ArchiveMonths({1}, 10);
  for (const char* engine : {"duckdb", "trino", "athena"}) {
    const std::string numbers = engine == std::string("duckdb")
                                    ? "range(500000) AS t(x)"
                                    : "UNNEST(sequence(0, 9999)) AS a(y) CROSS JOIN "
                                      "UNNEST(sequence(0, 49)) AS b(z) CROSS JOIN LATERAL (SELECT "
                                      "50 * y + z) AS t(x)";
    const Ran ran =
        With(engine, {"query", "--json",
                      "SELECT CASE WHEN x < 450000 THEN x ELSE CAST('x' || CAST(x AS varchar) AS "
                      "bigint) END AS n FROM " +
                          numbers});
    EXPECT_EQ(ran.code, 2) << engine << ran.err;
    const bool is_error_alone = ran.json().is_object() && ran.json().contains("error");
    EXPECT_TRUE(is_error_alone || !nlohmann::json::accept(ran.out)) << engine;
    EXPECT_TRUE(is_error_alone || ran.err.find("pgattic: ") != ran.err.npos) << engine << ran.err;
  }
}

TEST_F(ThreeEngines, WriteTheSameParquet) {
  ArchiveMonths({1, 9}, 15);
  const std::string sql =
      "SELECT gid, CAST(game_end_reason AS bigint) AS reason, month, winner_idx IS NULL AS none "
      "FROM "
      "archive WHERE month = 9 ORDER BY gid";
  std::vector<std::string> first;
  for (const std::string engine : {"duckdb", "trino", "athena"}) {
    std::filesystem::create_directories(archive_folder());
    const std::string path = archive_folder() + "/" + engine + ".parquet";
    const Ran ran = With(engine, {"query", sql, "--format", "parquet", "--output", path});
    ASSERT_EQ(ran.code, 0) << engine << ran.err;
    const auto rows = RowsByPyarrow(engine + ".parquet");
    ASSERT_EQ(rows.size(), 15U) << engine;
    if (first.empty()) first = rows;
    EXPECT_EQ(rows, first) << engine;
  }
}

TEST_F(ThreeEngines, ASignalEndsTheQueryInTheEngine) {
  for (const char* engine : {"trino", "athena"}) {
    const auto running = Begin({"query", "--engine", engine,
                                "SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN "
                                "UNNEST(sequence(1, 10000)) b(x) CROSS JOIN UNNEST(sequence(1, "
                                "10000)) c(x) WHERE a.x + b.x + c.x < 0"},
                               env_);
    const std::string count =
        "SELECT count(*) FROM system.runtime.queries WHERE state = 'RUNNING' AND query LIKE "
        "'%sequence(1, 10000)%' AND query NOT LIKE '%runtime%'";
    while (InTrino(count).at(0) == "0") ASSERT_FALSE(running->TryWait()) << running->Stderr();
    ASSERT_TRUE(running->Signal(SIGINT).ok());
    const OpContext second = OpContext().WithDeadline(std::chrono::seconds(1));
    while (InTrino(count).at(0) != "0") {
      ASSERT_TRUE(second.SleepFor(std::chrono::milliseconds(10)).ok()) << engine << " goes on";
    }
    const auto exit = running->Wait(OpContext().WithDeadline(std::chrono::seconds(30)));
    ASSERT_TRUE(exit.ok());
    EXPECT_EQ(exit->code, 75) << running->Stderr();
  }
}

TEST_F(ThreeEngines, TheConfigurationChoosesOne) {
  const Ran ran = Pgattic({"query", "--engine-default", "trino", "SELECT 7 AS seven"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_NE(ran.err.find("by trino"), ran.err.npos) << ran.err;
  const Ran none = Pgattic({"query", "--engine", "trino", "--trino-url", "", "SELECT 1"});
  EXPECT_EQ(none.code, 2);
  EXPECT_NE(none.err.find("trino.url is missing"), none.err.npos) << none.err;
  EXPECT_EQ(Pgattic({"query", "--engine-default", "oracle", "SELECT 1"}).code, 2);
}

TEST_F(ThreeEngines, ASecretIsNeverPrinted) {
  const Ran ran =
      Pgattic({"query", "--engine", "trino", "--trino-password", "hush-hush", "-v", "--trino-url",
               "http://127.0.0.1:" + std::to_string(FreePort()), "SELECT 1"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ((ran.out + ran.err).find("hush-hush"), std::string::npos);
}

}  // namespace
}  // namespace pgattic::test
