// A row by id through Trino, where the archive itself cannot be reached.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine_archive.h"
#include "tests/support/s3/socket.h"

namespace pgattic::test {
namespace {

class EngineTierTest : public EngineArchive {
 protected:
  void SetUp() override {
    EngineArchive::SetUp();
    if (IsSkipped()) return;
    LoadMonths({1, 9}, 20);
    ASSERT_EQ(Pgattic({"init"}).code, 0);
    ASSERT_EQ(Pgattic({"archive"}).code, 0);
    DefineInTrino();
    id_ = InTrino("SELECT min(gid) FROM archive WHERE month = 9 AND created_at IS NOT NULL").at(0);
  }
  /// The archive does not answer, and rows are not read from its copy; but metadata are.
  std::map<std::string, std::string> BrokenArchive() const {
    return {{"PGATTIC_S3_ENDPOINT", "http://127.0.0.1:" + std::to_string(FreePort())},
            {"PGATTIC_S3_MAX_RETRIES", "0"},
            {"PGATTIC_COPY_URL", "s3://" + bucket()},
            {"PGATTIC_COPY_ENDPOINT", s3().endpoint()},
            {"PGATTIC_TIERS", "direct,engine"}};
  }

  std::string id_;
};

TEST_F(EngineTierTest, ARowArrivesThoughTheArchiveDoesNotAnswer) {
  const Ran direct = Pgattic({"get", id_});
  ASSERT_EQ(direct.code, 0) << direct.err;
  ASSERT_EQ(direct.json()["tier"], "archive") << direct.out;
  const Ran by_engine = Pgattic({"get", id_}, BrokenArchive());
  ASSERT_EQ(by_engine.code, 0) << by_engine.out << by_engine.err;
  EXPECT_EQ(by_engine.json()["tier"], "engine") << by_engine.out;
  EXPECT_EQ(by_engine.json()["row"], direct.json()["row"]);
}

TEST_F(EngineTierTest, IsAskedFirstWhereConfiguredSo) {
  const Ran ran = Pgattic({"get", id_}, {{"PGATTIC_TIERS", "engine,direct"}});
  ASSERT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_EQ(ran.json()["tier"], "engine") << ran.out;
}

TEST_F(EngineTierTest, OneThatCannotAnswerIsFallenBackFromOrSaysUnavailable) {
  const std::string nobody = "http://127.0.0.1:" + std::to_string(FreePort());
  const std::vector<std::pair<std::string, std::map<std::string, std::string>>> ways = {
      {"down", {{"PGATTIC_TRINO_URL", nobody}}},
      {"wrong schema", {{"PGATTIC_TRINO_SCHEMA", "nowhere"}}},
      {"wrong credentials",
       {{"PGATTIC_TRINO_URL", trino().https_url()},
        {"PGATTIC_TRINO_CA_FILE", trino().ca_file()},
        {"PGATTIC_TRINO_TOKEN", trino().TokenFor("ann") + "x"}}},
      {"no memory", {{"PGATTIC_TRINO_SESSION", "query_max_memory_per_node=1kB"}}},
      {"slow", {{"PGATTIC_LOOKUP_ENGINE_DEADLINE", "1s"}}}};
  for (const auto& [how, settings] : ways) {
    auto env = settings;
    env["PGATTIC_TIERS"] = "engine,direct";
    if (how == "slow") trino().Freeze();
    const Ran direct = Pgattic({"get", id_}, env);
    env.merge(BrokenArchive());
    env["PGATTIC_TIERS"] = "direct,engine";
    const Ran nothing = Pgattic({"get", id_}, env);
    if (how == "slow") trino().Wake();
    EXPECT_EQ(direct.code, 0) << how << ": " << direct.out << direct.err;
    EXPECT_EQ(direct.json()["tier"], "archive") << how << ": " << direct.out;
    EXPECT_NE(nothing.code, 0) << how;
    EXPECT_EQ(nothing.json()["availability"], "temporarily_unavailable")
        << how << ": " << nothing.out << nothing.err;
  }
}

TEST_F(EngineTierTest, OneWithoutMemorySaysSo) {
  const Ran ran = Pgattic({"get", id_}, {{"PGATTIC_TRINO_SESSION", "query_max_memory_per_node=1kB"},
                                         {"PGATTIC_TIERS", "engine"}});
  EXPECT_NE(ran.code, 0);
  EXPECT_EQ(ran.json()["availability"], "temporarily_unavailable") << ran.out;
  EXPECT_NE(ran.err.find("EXCEEDED_LOCAL_MEMORY_LIMIT"), ran.err.npos) << ran.err;
}

TEST_F(EngineTierTest, AnIdIsAValueInTheEngineToo) {
  for (const char* attack : {"x' OR '1'='1", "' OR 1=1 --", "'), ('", "\\'", "%", "?"}) {
    const Ran ran = Pgattic({"get", attack}, BrokenArchive());
    EXPECT_NE(ran.code, 0) << attack;
    EXPECT_EQ(ran.out.find("\"row\":{"), std::string::npos) << attack << ran.out;
    EXPECT_FALSE(ran.json().contains("tier") && ran.json()["tier"] == "engine") << ran.out;
  }
}

TEST_F(EngineTierTest, WithoutTheDefinitionNothingIsCalledAbsent) {
  InTrino("DROP VIEW archive");
  InTrino("DROP VIEW past_games");
  InTrino("DROP TABLE past_games_files");
  const Ran ran = Pgattic({"get", id_}, BrokenArchive());
  EXPECT_NE(ran.code, 0);
  EXPECT_EQ(ran.json()["availability"], "temporarily_unavailable") << ran.out << ran.err;
}

}  // namespace
}  // namespace pgattic::test
