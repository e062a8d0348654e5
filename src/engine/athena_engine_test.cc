// The client against a script of answers; tests/engines has an Athena with a Trino behind it.
#include "engine/athena_engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>

#include "engine/rows_fixture.h"
#include "tests/support/s3/http_tap.h"

namespace pgattic::engine {
namespace {

using Json = nlohmann::json;
using test::HttpTap;
using test::TapAction;
using test::TapRequest;

/// Answers requests one after the other; keeps what was asked.
class AthenaScript : public ::testing::Test {
 protected:
  AthenaScript() {
    tap_.SetHook([this](const TapRequest& request) {
      const std::lock_guard lock(mutex_);
      asked_.push_back(request);
      if (request.Header("x-amz-target") == "AmazonAthena.StopQueryExecution") {
        return TapAction::Reply("200 OK", "{}");
      }
      if (answers_.empty()) return TapAction{TapAction::Kind::kHang, ""};
      TapAction action = answers_.front();
      answers_.pop_front();
      return action;
    });
    options_.region = "eu-west-1";
    options_.endpoint = tap_.endpoint();
    options_.first_poll = options_.longest_poll = std::chrono::milliseconds(1);
    options_.retry = {4, std::chrono::milliseconds(1), std::chrono::milliseconds(2)};
  }
  void Answer(const std::string& json, const std::string& status = "200 OK") {
    answers_.push_back(TapAction::Reply(status, json));
  }
  void Started() { Answer(R"({"QueryExecutionId":"q"})"); }
  void State(const std::string& state, int scanned = 0, const std::string& more = "") {
    Answer(R"({"QueryExecution":{"Status":{"State":")" + state + "\"" + more +
           R"(},"Statistics":{"DataScannedInBytes":)" + std::to_string(scanned) + "}}}");
  }
  void Results(const std::string& rows, const std::string& more = "") {
    Answer(R"({"ResultSet":{"ResultSetMetadata":{"ColumnInfo":[{"Name":"a","Type":"bigint"},)"
           R"({"Name":"b","Type":"decimal","Precision":9,"Scale":2}]},"Rows":[)" +
           rows + "]}" + more + "}");
  }
  static std::string Row(const std::string& a, const std::string& b) {
    return R"({"Data":[{"VarCharValue":")" + a + R"("},{"VarCharValue":")" + b + R"("}]})";
  }
  Result<QueryCost> Run(const Query& query, const OpContext& ctx = {}) {
    const AthenaKeySource keys = [this](const OpContext&) -> Result<AthenaKeys> {
      ++asked_for_keys_;
      return AthenaKeys{"AKID", Secret("secret"), Secret("session")};
    };
    return OpenAthena(options_, keys).value()->Run(ctx, query, rows_);
  }
  std::vector<std::string> Actions() const {
    std::vector<std::string> actions;
    for (const TapRequest& request : asked_) {
      actions.push_back(request.Header("x-amz-target").substr(sizeof("AmazonAthena.") - 1));
    }
    return actions;
  }
  Json Body(std::size_t n) const { return Json::parse(asked_.at(n).body); }

  HttpTap tap_{0};
  std::mutex mutex_;  // Guards answers_ and asked_.
  std::deque<TapAction> answers_;
  std::vector<TapRequest> asked_;
  AthenaOptions options_;
  int asked_for_keys_ = 0;
  Rows rows_;
};

using Names = std::vector<std::string>;

TEST_F(AthenaScript, AsksWaitsAndReadsThePages) {
  options_.database = "arch";
  options_.output = "s3://out/";
  options_.result_reuse = std::chrono::minutes(60);
  Started();
  State("QUEUED");
  State("RUNNING", 5);
  State("SUCCEEDED", 99);
  Results(Row("a", "b") + "," + Row("1", "2.50"), R"(,"NextToken":"t")");
  Results(Row("a", "b") + R"(,{"Data":[{},{"VarCharValue":""}]})");
  const auto cost = Run({"SELECT ?;", {"it's", std::nullopt}, {}});
  ASSERT_TRUE(cost.ok()) << cost.error().ToString();
  EXPECT_EQ(cost->query_id, "q");
  EXPECT_EQ(cost->bytes_scanned, 99);
  EXPECT_EQ(cost->rows, 3);
  EXPECT_EQ(rows_.Text(), "a|b\n1|2.50\na|b\n~|\n") << "the header is on the first page alone";
  EXPECT_EQ(rows_.columns().at(1).type, "decimal(9,2)");
  EXPECT_EQ(Actions(), (Names{"StartQueryExecution", "GetQueryExecution", "GetQueryExecution",
                              "GetQueryExecution", "GetQueryResults", "GetQueryResults"}));
  const Json start = Body(0);
  EXPECT_EQ(start["QueryString"], "SELECT ?");
  EXPECT_EQ(start["ExecutionParameters"], (Json{"'it''s'", "NULL"}));
  EXPECT_EQ(start["QueryExecutionContext"], (Json{{"Database", "arch"}}));
  EXPECT_EQ(start["ResultConfiguration"]["OutputLocation"], "s3://out/");
  EXPECT_EQ(start["WorkGroup"], "primary");
  EXPECT_EQ(start["ResultReuseConfiguration"]["ResultReuseByAgeConfiguration"]["MaxAgeInMinutes"],
            60);
  EXPECT_EQ(Body(5)["NextToken"], "t");
  EXPECT_EQ(asked_[0].Header("x-amz-security-token"), "session");
  EXPECT_EQ(asked_for_keys_, 6) << "the keys of the moment, each time";
}

TEST_F(AthenaScript, ExplainsNothingWithParameters) {
  const auto ran = Run({"explain SELECT ?", {"1"}, {}});
  ASSERT_TRUE(ran.Is(Code::kUnsupported)) << ran.error().ToString();
  EXPECT_NE(ran.error().message.find("write the values"), std::string::npos);
  EXPECT_TRUE(asked_.empty());
}

TEST_F(AthenaScript, OneWithoutAnswerHasNoHeader) {
  Started();
  State("SUCCEEDED");
  Answer(R"({"ResultSet":{"ResultSetMetadata":{"ColumnInfo":[]},"Rows":[]}})");
  ASSERT_TRUE(Run({"CREATE SCHEMA a", {}, {}}).ok());
  EXPECT_EQ(rows_.columns_calls(), 1);
}

TEST_F(AthenaScript, BeginsAQueryOnceHoweverOftenItAsks) {
  Answer(R"({"__type":"ThrottlingException","message":"Rate exceeded"})", "400 Bad");
  answers_.push_back({TapAction::Kind::kDropBefore, ""});
  Started();
  State("SUCCEEDED");
  Results(Row("a", "b"));
  ASSERT_TRUE(Run({"SELECT 1", {}, {}}).ok());
  EXPECT_EQ(Body(0), Body(2));
  EXPECT_EQ(Body(0)["ClientRequestToken"].get<std::string>().size(), 64U);
}

TEST_F(AthenaScript, TellsThrottlingFromFailure) {
  for (int i = 0; i < 4; ++i) Answer(R"({"__type":"TooManyRequestsException"})", "400 Bad");
  EXPECT_TRUE(Run({"SELECT 1", {}, {}}).Is(Code::kUnavailable));
  EXPECT_EQ(asked_.size(), 4U);
  Answer(R"({"__type":"InvalidRequestException","message":"wrong"})", "400 Bad");
  EXPECT_TRUE(Run({"SELECT 1", {}, {}}).Is(Code::kInvalidArgument));
  EXPECT_EQ(asked_.size(), 5U);
}

TEST_F(AthenaScript, AQueryThatFailsSaysWhy) {
  Started();
  State("FAILED", 0,
        R"(,"StateChangeReason":"SYNTAX_ERROR: line 1:1","AthenaError":{"ErrorCategory":2})");
  const auto failed = Run({"SELEC", {}, {}});
  ASSERT_TRUE(failed.Is(Code::kInvalidArgument));
  EXPECT_EQ(failed.error().origin.code, "SYNTAX_ERROR");
  EXPECT_NE(failed.error().ToString().find("query q in Athena"), std::string::npos);
  Started();
  State("CANCELLED");
  EXPECT_TRUE(Run({"SELECT 1", {}, {}}).Is(Code::kCancelled));
  const Names actions = Actions();
  EXPECT_EQ(std::count(actions.begin(), actions.end(), "StopQueryExecution"), 0);
}

TEST_F(AthenaScript, StopsWhatRunsOutOfTime) {
  Started();
  State("RUNNING");
  const auto late =
      Run({"SELECT 1", {}, {}}, OpContext().WithDeadline(std::chrono::milliseconds(150)));
  EXPECT_TRUE(late.Is(Code::kDeadlineExceeded)) << late.error().ToString();
  EXPECT_EQ(Actions().back(), "StopQueryExecution");
  EXPECT_EQ(Body(asked_.size() - 1), (Json{{"QueryExecutionId", "q"}}));
}

TEST_F(AthenaScript, StopsAlsoAQueryWhoseBeginningItDidNotSee) {
  answers_.push_back({TapAction::Kind::kHang, ""});
  Started();
  const auto late =
      Run({"SELECT 1", {}, {}}, OpContext().WithDeadline(std::chrono::milliseconds(100)));
  EXPECT_TRUE(late.Is(Code::kDeadlineExceeded)) << late.error().ToString();
  EXPECT_EQ(Actions(), (Names{"StartQueryExecution", "StartQueryExecution", "StopQueryExecution"}));
  EXPECT_EQ(Body(0), Body(1)) << "one token: it is the same query";
}

TEST_F(AthenaScript, StopsWhatIsStopped) {
  std::stop_source stop;
  Started();
  State("RUNNING");
  rows_.OnProgress([&] { stop.request_stop(); });
  const OpContext ctx(SystemClock(), stop.get_token());
  EXPECT_TRUE(Run({"SELECT 1", {}, {}}, ctx).Is(Code::kCancelled));
  EXPECT_EQ(Actions().back(), "StopQueryExecution");
}

TEST_F(AthenaScript, StopsWhatScansTooMuch) {
  Started();
  State("RUNNING", 1001);
  const auto ran = Run({"SELECT 1", {}, 1000});
  ASSERT_TRUE(ran.Is(Code::kResourceExhausted));
  EXPECT_NE(ran.error().message.find("1001"), std::string::npos);
  EXPECT_EQ(Actions().back(), "StopQueryExecution");
  Started();
  State("SUCCEEDED", 1001);
  EXPECT_TRUE(Run({"SELECT 1", {}, 1000}).Is(Code::kResourceExhausted));
  EXPECT_EQ(Actions().back(), "GetQueryExecution") << "it has ended, and its answer is not read";
}

TEST_F(AthenaScript, ASinkThatRefusesEndsTheReading) {
  Started();
  State("SUCCEEDED");
  Results(Row("a", "b") + "," + Row("1", "2"), R"(,"NextToken":"t")");
  rows_.FailAtRow(1);
  EXPECT_TRUE(Run({"SELECT 1", {}, {}}).Is(Code::kResourceExhausted));
  EXPECT_EQ(asked_.size(), 3U);
}

TEST_F(AthenaScript, RefusesWhatNoAthenaWrites) {
  for (const char* body : {"", "[]", "{}", R"({"QueryExecutionId":7})"}) {
    Answer(body);
    EXPECT_TRUE(Run({"SELECT 1", {}, {}}).Is(Code::kUnavailable)) << body;
  }
  Started();
  State("SUCCEEDED");
  Results(R"({"Data":[{}]})");
  EXPECT_TRUE(Run({"SELECT 1", {}, {}}).Is(Code::kUnavailable));
}

TEST_F(AthenaScript, WithoutKeysNothingIsSent) {
  const AthenaKeySource none = [](const OpContext&) -> Result<AthenaKeys> {
    return {Code::kPermissionDenied, "no keys"};
  };
  const auto engine = OpenAthena(options_, none);
  ASSERT_TRUE(engine.ok());
  EXPECT_TRUE((*engine)->Run({}, {"SELECT 1", {}, {}}, rows_).Is(Code::kPermissionDenied));
  EXPECT_TRUE(asked_.empty());
}

TEST(AthenaOptions, AreLookedAtBeforeTheyAreUsed) {
  AthenaOptions options;
  EXPECT_TRUE(options.Validate().Is(Code::kInvalidArgument));
  options.region = "eu-west-1/../x";
  EXPECT_TRUE(options.Validate().Is(Code::kInvalidArgument));
  options.region = "eu-west-1";
  EXPECT_TRUE(options.Validate().ok());
  options.output = "bucket";
  EXPECT_TRUE(options.Validate().Is(Code::kInvalidArgument));
  options.output = "";
  options.endpoint = "athena";
  EXPECT_TRUE(options.Validate().Is(Code::kInvalidArgument));
}

}  // namespace
}  // namespace pgattic::engine
