// A row by id through Trino, where the archive itself cannot be reached.
#include <map>

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
