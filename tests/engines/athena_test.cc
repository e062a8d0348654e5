// Athena's API with a Trino behind it: the table as `pgattic ddl glue` defines it, states, pages,
// throttling, failures, signatures.
#include "engine/athena_engine.h"
#include "engine_archive.h"
#include "tests/support/athena/athena_shim.h"

namespace pgattic::test {
namespace {

using engine::AthenaKeys;
using engine::AthenaOptions;

class Athena : public EngineArchive {
 protected:
  void SetUp() override {
    EngineArchive::SetUp();
    if (IsSkipped()) return;
    auto shim = AthenaShim::Start(trino().url());
    ASSERT_TRUE(shim.ok()) << shim.error().ToString();
    shim_ = std::move(*shim);
    options_.region = AthenaShim::region();
    options_.endpoint = shim_->endpoint();
    options_.database = schema();
    options_.first_poll = std::chrono::milliseconds(10);
    options_.retry = {6, std::chrono::milliseconds(5), std::chrono::milliseconds(50)};
    keys_ = {AthenaShim::access_key(), Secret(AthenaShim::secret_key()),
             Secret(AthenaShim::session_token())};
  }
  Result<engine::QueryCost> Run(const std::string& sql,
                                const std::vector<engine::AnswerValue>& parameters = {},
                                std::optional<std::int64_t> max_bytes = std::nullopt) {
    rows_ = std::make_unique<engine::Rows>();
    const auto athena = engine::OpenAthena(
        options_, [this](const OpContext&) -> Result<AthenaKeys> { return keys_; });
    return athena.value()->Run(OpContext().WithDeadline(std::chrono::minutes(1)),
                               {sql, parameters, max_bytes}, *rows_);
  }
  void ArchiveMonths(const std::vector<int>& months, std::int64_t rows) {
    LoadMonths(months, rows);
    ASSERT_EQ(Pgattic({"init"}).code, 0);
    ASSERT_EQ(Pgattic({"archive"}).code, 0);
    DefineByGlue();
  }

  std::unique_ptr<AthenaShim> shim_;
  AthenaOptions options_;
  AthenaKeys keys_;
  std::unique_ptr<engine::Rows> rows_;
};

TEST_F(Athena, AnswersFromTheTableOfItsOwnProperties) {
  ArchiveMonths({1, 9, 12}, 30);
  auto ran = Run("SELECT month, count(*) FROM past_games_files GROUP BY 1 ORDER BY 1");
  ASSERT_TRUE(ran.ok()) << ran.error().ToString();
  EXPECT_EQ(rows_->Text(), "month|_col1\n1|30\n9|30\n12|30\n");
  ran = Run("SELECT max(game_document) FROM past_games_files");
  ASSERT_TRUE(ran.ok());
  EXPECT_GT(ran->bytes_scanned.value_or(0), 1000);
  const std::string gid = InTrino("SELECT min(gid) FROM past_games_files").at(0);
  ran = Run("SELECT gid FROM past_games_files WHERE gid = ? AND year = CAST(? AS integer)",
            {gid, "2024"});
  ASSERT_TRUE(ran.ok()) << ran.error().ToString();
  EXPECT_EQ(rows_->Text(), "gid\n" + gid + "\n");
  for (const char* attack : {"x' OR '1'='1", "' OR 1=1 --", "'), ('", "\\'"}) {
    ASSERT_TRUE(Run("SELECT gid FROM past_games_files WHERE gid = ?", {attack}).ok());
    EXPECT_EQ(rows_->rows().size(), 0U) << attack;
  }
}

TEST_F(Athena, ReadsEveryPage) {
  const auto ran = Run("SELECT x, IF(x % 2 = 0, NULL, 'v') FROM UNNEST(sequence(1, 2500)) t(x)");
  ASSERT_TRUE(ran.ok()) << ran.error().ToString();
  ASSERT_EQ(ran->rows, 2500);
  EXPECT_EQ(rows_->rows().at(1).at(1), std::nullopt);
  EXPECT_EQ(shim_->TakeCalls()["GetQueryResults"], 3);
}

TEST_F(Athena, GoesOnThroughThrottlingLossAndErrors) {
  shim_->Fail("throttle", 2);
  shim_->Fail("error", 1);
  shim_->Fail("drop", 1);
  const auto ran = Run("SELECT 7");
  ASSERT_TRUE(ran.ok()) << ran.error().ToString();
  EXPECT_EQ(rows_->rows().at(0).at(0), "7");
  EXPECT_EQ(InTrino("SELECT count(*) FROM system.runtime.queries WHERE \"user\" = 'athena' AND "
                    "query = 'SELECT 7'"),
            std::vector<std::string>{"1"})
      << "the lost reply was to a query that began";
  shim_->Fail("throttle", 100);
  options_.retry.max_attempts = 3;
  EXPECT_TRUE(Run("SELECT 7").Is(Code::kUnavailable));
}

TEST_F(Athena, AFailureIsTyped) {
  const auto code_of = [&](const std::string& sql) {
    const auto ran = Run(sql);
    return ran.ok() ? std::string("ok") : ran.error().origin.code;
  };
  EXPECT_EQ(code_of("SELECT * FROM nowhere"), "TABLE_NOT_FOUND");
  EXPECT_EQ(code_of("SELEC 1"), "SYNTAX_ERROR");
  EXPECT_EQ(code_of("SELECT 1 WHERE ? = 1"), "INVALID_PARAMETER_USAGE");
  EXPECT_TRUE(Run("SELECT 1 WHERE 1 = ?", {"1"}).Is(Code::kInvalidArgument));
  options_.workgroup = "none";
  EXPECT_TRUE(Run("SELECT 1").Is(Code::kInvalidArgument));
}

TEST_F(Athena, TheWrongKeysAreDenied) {
  keys_.secret_key = Secret("wrong");
  auto ran = Run("SELECT 1");
  ASSERT_TRUE(ran.Is(Code::kPermissionDenied));
  EXPECT_EQ(ran.error().origin.code, "InvalidSignatureException");
  keys_ = {AthenaShim::access_key(), Secret(AthenaShim::secret_key()), Secret()};
  EXPECT_TRUE(Run("SELECT 1").Is(Code::kPermissionDenied)) << "no session token";
  options_.endpoint = "http://127.0.0.1:9";
  options_.retry.max_attempts = 1;
  EXPECT_TRUE(Run("SELECT 1").Is(Code::kUnavailable));
}

TEST_F(Athena, TakesAnAnswerAgainWhereAllowed) {
  ArchiveMonths({1}, 10);
  const char* sql = "SELECT max(gid) FROM past_games_files";
  options_.result_reuse = std::chrono::minutes(60);
  const auto first = Run(sql);
  ASSERT_TRUE(first.ok());
  EXPECT_GT(first->bytes_scanned.value_or(0), 0);
  const std::string text = rows_->Text();
  const auto second = Run(sql);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->bytes_scanned, 0);
  EXPECT_EQ(rows_->Text(), text);
}

TEST_F(Athena, EndsWhatScansTooMuch) {
  ArchiveMonths({1}, 60);
  EXPECT_TRUE(Run("SELECT max(game_document) FROM past_games_files", {}, 1000)
                  .Is(Code::kResourceExhausted));
}

TEST_F(Athena, IsAsBoto3KnowsIt) {
  const auto drive = [&](const std::vector<std::string>& arguments) {
    const auto out = AthenaShim::DriveByBoto3(trino().url(), arguments);
    EXPECT_TRUE(out.ok()) << (out.ok() ? "" : out.error().ToString());
    return nlohmann::json::parse(out.ok() ? *out : "{}", nullptr, false);
  };
  auto got = drive({schema(),
                    "SELECT x FROM UNNEST(sequence(1, 4)) t(x) WHERE CAST(x AS varchar) "
                    "<> ?",
                    "'3'"});
  EXPECT_EQ(got["state"], "SUCCEEDED");
  EXPECT_EQ(got["rows"], nlohmann::json::parse(R"([["x"],["1"],["2"],["4"]])"));
  EXPECT_EQ(got["pages"], 2);
  EXPECT_EQ(got["idempotent"], true);
  EXPECT_EQ(got["stop"], "ok");
  EXPECT_EQ(got["unknown"], "InvalidRequestException");
  EXPECT_EQ(got["wrong_secret"], "InvalidSignatureException");
  EXPECT_EQ(got["wrong_workgroup"], "InvalidRequestException");
  got = drive({schema(), "SELECT nothing"});
  EXPECT_EQ(got["state"], "FAILED");
  EXPECT_TRUE(got["reason"].get<std::string>().starts_with("COLUMN_NOT_FOUND: "));
}

}  // namespace
}  // namespace pgattic::test
