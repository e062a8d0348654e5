// The client of Athena against moto, whose shapes are neither ours nor our shim's.
#include <gtest/gtest.h>

#include "engine/athena_engine.h"
#include "engine/rows_fixture.h"
#include "tests/support/athena/moto_athena.h"
#include "tests/support/trino/trino_server.h"

namespace pgattic::test {
namespace {

using engine::AthenaKeys;
using Json = nlohmann::json;
using std::chrono::milliseconds;

class AthenaShapes : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!TrinoServer::IsInstalled()) GTEST_SKIP() << TrinoServer::kNotInstalled;
    auto moto = MotoAthena::Start();
    ASSERT_TRUE(moto.ok()) << moto.error().ToString();
    moto_ = std::move(*moto);
    options_.region = MotoAthena::region();
    options_.endpoint = moto_->endpoint();
    options_.database = "arch";
    options_.output = "s3://results/of/mine/";
    options_.first_poll = options_.longest_poll = milliseconds(5);
    options_.retry.max_attempts = 1;
  }
  Result<engine::QueryCost> Run(const engine::Query& query,
                                milliseconds time = milliseconds(9999)) {
    const auto athena = engine::OpenAthena(options_, [](const OpContext&) -> Result<AthenaKeys> {
      return AthenaKeys{"AKID", Secret("secret"), Secret()};
    });
    return athena.value()->Run(OpContext().WithDeadline(time), query, rows_);
  }
  static Json Row(const std::vector<engine::AnswerValue>& values) {
    Json data = Json::array();
    for (const engine::AnswerValue& value : values) {
      data.push_back(value ? Json{{"VarCharValue", *value}} : Json::object());
    }
    return {{"Data", data}};
  }
  /// The only query that moto was asked.
  Json TheOnlyOne() const {
    const Json ids = moto_->Executions();
    EXPECT_EQ(ids.size(), 1U);
    return ids.empty() ? Json() : moto_->Execution(ids[0].get<std::string>());
  }

  std::unique_ptr<MotoAthena> moto_;
  engine::AthenaOptions options_;
  engine::Rows rows_;
};

TEST_F(AthenaShapes, AQueryIsKeptAsItWasMeantAndItsAnswerRead) {
  moto_->SlowDown(3);
  moto_->Answer({{"rows", {Row({"gid", "n"}), Row({"it's", "1"}), Row({std::nullopt, "2"})}},
                 {"column_info",
                  {{{"Name", "gid"}, {"Type", "varchar"}},
                   {{"Name", "n"}, {"Type", "decimal"}, {"Precision", 9}, {"Scale", 2}}}}});
  const auto ran = Run(
      {"SELECT gid, n FROM games WHERE gid = ? AND n <> ?;", {"x' OR '1'='1", std::nullopt}, {}});
  ASSERT_TRUE(ran.ok()) << ran.error().ToString();
  EXPECT_EQ(rows_.Text(), "gid|n\nit's|1\n~|2\n");
  EXPECT_EQ(rows_.columns().at(0).type, "varchar");
  EXPECT_EQ(rows_.columns().at(1).type, "decimal(9,2)");
  const Json kept = TheOnlyOne();
  EXPECT_EQ(kept["QueryExecutionId"], ran->query_id);
  EXPECT_EQ(kept["Query"], "SELECT gid, n FROM games WHERE gid = ? AND n <> ?");
  EXPECT_EQ(kept["ExecutionParameters"], (Json{"'x'' OR ''1''=''1'", "NULL"}));
  EXPECT_EQ(kept["QueryExecutionContext"], (Json{{"Database", "arch"}}));
  EXPECT_EQ(kept["WorkGroup"], "primary");
  EXPECT_EQ(kept["ResultConfiguration"]["OutputLocation"],
            "s3://results/of/mine/" + ran->query_id + ".csv");
  EXPECT_EQ(kept["Status"]["State"], "SUCCEEDED");
}

TEST_F(AthenaShapes, WhatRunsOutOfTimeIsStopped) {
  moto_->SlowDown(1'000'000);
  EXPECT_TRUE(Run({"SELECT 1", {}, {}}, milliseconds(500)).Is(Code::kDeadlineExceeded));
  EXPECT_EQ(TheOnlyOne()["Status"]["State"], "CANCELLED");
}

TEST_F(AthenaShapes, ARefusalIsTyped) {
  options_.workgroup = "none";
  const auto ran = Run({"SELECT 1", {}, {}});
  ASSERT_FALSE(ran.ok());
  EXPECT_TRUE(ran.Is(Code::kInvalidArgument)) << ran.error().ToString();
  EXPECT_TRUE(moto_->Executions().empty());
}

}  // namespace
}  // namespace pgattic::test
