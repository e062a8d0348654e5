// The client against a script of answers; tests/engines has the real server.
#include "engine/trino_engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <mutex>

#include "engine/rows_fixture.h"
#include "tests/support/s3/http_tap.h"

namespace pgattic::engine {
namespace {

using test::HttpTap;
using test::TapAction;
using test::TapRequest;

/// Answers requests one after the other; keeps what was asked.
class TrinoScript : public ::testing::Test {
 protected:
  TrinoScript() {
    tap_.SetHook([this](const TapRequest& request) {
      const std::lock_guard lock(mutex_);
      asked_.push_back(request);
      if (request.method == "DELETE") return TapAction::Reply("204 No Content", "");
      if (answers_.empty()) return TapAction{TapAction::Kind::kHang, ""};
      TapAction action = answers_.front();
      answers_.pop_front();
      return action;
    });
    options_.url = tap_.endpoint();
    options_.retry = {4, std::chrono::milliseconds(1), std::chrono::milliseconds(2)};
  }
  void Page(const std::string& json) { answers_.push_back(TapAction::Reply("200 OK", json)); }
  std::string Next(int n) const {
    return R"("nextUri":")" + tap_.endpoint() + "/next/" + std::to_string(n) + R"(","stats":{})";
  }
  Result<QueryCost> Run(const Query& query, const OpContext& ctx = {}) {
    return OpenTrino(options_).value()->Run(ctx, query, rows_);
  }
  std::size_t Deletes() const {
    return static_cast<std::size_t>(std::count_if(
        asked_.begin(), asked_.end(), [](const auto& r) { return r.method == "DELETE"; }));
  }

  HttpTap tap_{0};
  std::mutex mutex_;  // Guards answers_ and asked_.
  std::deque<TapAction> answers_;
  std::vector<TapRequest> asked_;
  TrinoOptions options_;
  Rows rows_;
};

TEST_F(TrinoScript, FollowsThePages) {
  options_.catalog = "hive";
  options_.schema = "arch";
  options_.session = {{"hive.timestamp_precision", "MICRO SECONDS"}};
  Page(R"({"id":"q",)" + Next(1) + "}");
  Page(R"({"id":"q",)" + Next(2) + "}");
  Page(R"({"id":"q","columns":[{"name":"a","type":"integer"}],"data":[[1],[2]],)" + Next(3) + "}");
  Page(R"({"id":"q","columns":[{"name":"a","type":"integer"}],"stats":{"physicalInputBytes":99}})");
  const auto cost = Run({"SELECT ?;", {"it's"}, 1000});
  ASSERT_TRUE(cost.ok()) << cost.error().ToString();
  EXPECT_EQ(cost->query_id, "q");
  EXPECT_EQ(cost->rows, 2);
  EXPECT_EQ(cost->bytes_scanned, 99);
  EXPECT_EQ(rows_.Text(), "a\n1\n2\n");
  ASSERT_EQ(asked_.size(), 4U);
  EXPECT_EQ(asked_[0].target, "/v1/statement");
  EXPECT_EQ(asked_[0].body, "EXECUTE IMMEDIATE 'SELECT ?' USING 'it''s'");
  EXPECT_EQ(asked_[0].Header("x-trino-user"), "pgattic");
  EXPECT_EQ(asked_[0].Header("x-trino-catalog"), "hive");
  EXPECT_EQ(asked_[0].Header("x-trino-schema"), "arch");
  EXPECT_EQ(asked_[0].Header("x-trino-session"),
            "hive.timestamp_precision=MICRO%20SECONDS,query_max_scan_physical_bytes=1000B");
  EXPECT_EQ(asked_[3].target, "/next/3");
  EXPECT_EQ(asked_[3].Header("x-trino-user"), "pgattic");
}

TEST_F(TrinoScript, AsksOnceWhatAPlaceWants) {
  const std::string types =
      R"j({"id":"d","columns":[{"name":"Position","type":"bigint"},{"name":"Type","type":"varchar"}],)j"
      R"j("data":[[0,"integer"],[1,"varchar"]],"stats":{}})j";
  Page(types);
  for (int i = 0; i < 2; ++i) Page(R"({"id":"q","stats":{}})");
  const auto engine = OpenTrino(options_).value();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(engine->Run({}, {"SELECT ?, ?", {"7", "8"}, {}}, rows_).ok());
  }
  ASSERT_EQ(asked_.size(), 3U);
  EXPECT_EQ(asked_[0].body, "DESCRIBE INPUT pgattic");
  EXPECT_EQ(asked_[0].Header("x-trino-prepared-statement"), "pgattic=SELECT%20%3F%2C%20%3F");
  EXPECT_EQ(asked_[1].body, "EXECUTE IMMEDIATE 'SELECT ?, ?' USING CAST('7' AS integer), '8'");
  EXPECT_EQ(asked_[2].body, asked_[1].body);
  Page(R"({"id":"q","stats":{},"error":{"errorName":"TYPE_MISMATCH","errorType":"USER_ERROR"}})");
  EXPECT_FALSE(engine->Run({}, {"SELECT ?, ?", {"7", "8"}, {}}, rows_).ok());
  Page(types);
  Page(R"({"id":"q","stats":{}})");
  EXPECT_TRUE(engine->Run({}, {"SELECT ?, ?", {"7", "8"}, {}}, rows_).ok());
  EXPECT_EQ(asked_[4].body, "DESCRIBE INPUT pgattic") << "asked again after an error";
}

TEST_F(TrinoScript, ExplainsWhatIsExecutedWithItsValues) {
  Page(
      R"j({"id":"d","columns":[{"name":"Position","type":"bigint"},{"name":"Type","type":"varchar"}],)j"
      R"j("data":[[0,"integer"]],"stats":{}})j");
  Page(R"({"id":"q","stats":{}})");
  ASSERT_TRUE(Run({"EXPLAIN SELECT ?;", {"7"}, {}}).ok());
  EXPECT_EQ(asked_[0].Header("x-trino-prepared-statement"), "pgattic=SELECT%20%3F");
  EXPECT_EQ(asked_[1].body, "EXPLAIN EXECUTE IMMEDIATE 'SELECT ?' USING CAST('7' AS integer)");
}

TEST_F(TrinoScript, AStatementWithoutAnswerHasNoColumns) {
  Page(R"({"id":"q","stats":{}})");
  ASSERT_TRUE(Run({"CREATE SCHEMA a", {}, {}}).ok());
  EXPECT_EQ(rows_.columns_calls(), 1);
}

TEST_F(TrinoScript, RepeatsWhatTheServerWasTooBusyFor) {
  answers_.push_back(TapAction::Reply("503 Busy", ""));
  Page(R"({"id":"q",)" + Next(1) + "}");
  for (const char* status : {"429 Slow", "502 Bad", "504 Late"}) {
    answers_.push_back(TapAction::Reply(status, ""));
  }
  Page(R"({"id":"q","stats":{}})");
  EXPECT_TRUE(Run({"SELECT 1", {}, {}}).ok());
  EXPECT_EQ(asked_.size(), 6U);
}

TEST_F(TrinoScript, GivesUpWithWhatTheServerSaid) {
  for (int i = 0; i < 4; ++i) answers_.push_back(TapAction::Reply("503 Busy", "full"));
  const auto ran = Run({"SELECT 1", {}, {}});
  ASSERT_TRUE(ran.Is(Code::kUnavailable));
  EXPECT_EQ(asked_.size(), 4U);
  EXPECT_NE(ran.error().message.find("full"), std::string::npos);
}

TEST_F(TrinoScript, DoesNotRepeatARefusal) {
  answers_.push_back(TapAction::Reply("401 No", "Unauthorized"));
  EXPECT_TRUE(Run({"SELECT 1", {}, {}}).Is(Code::kPermissionDenied));
  EXPECT_EQ(asked_.size(), 1U);
  EXPECT_EQ(Deletes(), 0U);
}

TEST_F(TrinoScript, AnErrorOnALaterPageEndsIt) {
  Page(R"({"id":"q","columns":[{"name":"a","type":"integer"}],"data":[[1]],)" + Next(1) + "}");
  Page(R"({"id":"q","stats":{},"error":{"message":"out of it","errorName":)"
       R"("EXCEEDED_LOCAL_MEMORY_LIMIT","errorType":"INSUFFICIENT_RESOURCES"}})");
  const auto ran = Run({"SELECT 1", {}, {}});
  ASSERT_TRUE(ran.Is(Code::kResourceExhausted));
  EXPECT_EQ(ran.error().origin.code, "EXCEEDED_LOCAL_MEMORY_LIMIT");
  EXPECT_NE(ran.error().ToString().find("query q"), std::string::npos);
  EXPECT_EQ(Deletes(), 0U) << "it has ended";
}

TEST_F(TrinoScript, CancelsWhatRunsOutOfTime) {
  Page(R"({"id":"q",)" + Next(1) + "}");
  const auto ran =
      Run({"SELECT 1", {}, {}}, OpContext().WithDeadline(std::chrono::milliseconds(200)));
  EXPECT_TRUE(ran.Is(Code::kDeadlineExceeded)) << ran.error().ToString();
  EXPECT_EQ(Deletes(), 1U);
  EXPECT_EQ(asked_.back().target, "/next/1");
  EXPECT_TRUE(asked_[0].Header("x-trino-session").starts_with("query_max_run_time=1"));
}

TEST_F(TrinoScript, CancelsWhatIsStopped) {
  std::stop_source stop;
  Page(R"({"id":"q",)" + Next(1) + "}");
  rows_.OnProgress([&] { stop.request_stop(); });
  EXPECT_TRUE(
      Run({"SELECT 1", {}, {}}, OpContext(SystemClock(), stop.get_token())).Is(Code::kCancelled));
  EXPECT_EQ(Deletes(), 1U);
}

TEST_F(TrinoScript, CancelsWhatItsSinkRefuses) {
  Page(R"({"id":"q","columns":[{"name":"a","type":"integer"}],"data":[[1],[2]],)" + Next(1) + "}");
  rows_.FailAtRow(2);
  EXPECT_TRUE(Run({"SELECT 1", {}, {}}).Is(Code::kResourceExhausted));
  EXPECT_EQ(Deletes(), 1U);
}

TEST_F(TrinoScript, EndsWhatScansTooMuchBeforeItsRows) {
  Page(R"({"id":"q","columns":[{"name":"a","type":"integer"}],"data":[[1]],)" +
       Next(1).substr(0, Next(1).find("\"stats\"")) + R"("stats":{"physicalInputBytes":1001}})");
  EXPECT_TRUE(Run({"SELECT 1", {}, 1000}).Is(Code::kResourceExhausted));
  EXPECT_EQ(Deletes(), 1U);
  EXPECT_TRUE(rows_.rows().empty());
}

TEST_F(TrinoScript, GivesNoRowOfAShortOneThatSaysAtItsEndThatItScannedTooMuch) {
  const std::string columns = R"({"id":"q","columns":[{"name":"a","type":"varchar"}],)";
  for (const int scanned : {1001, 1000}) {
    rows_.Clear();
    Page(columns + R"("data":[["x"]],)" + Next(1) + "}");
    Page(columns + Next(2) + "}");
    Page(columns + R"("stats":{"physicalInputBytes":)" + std::to_string(scanned) + "}}");
    const auto ran = Run({"SELECT 1", {}, 1000});
    EXPECT_EQ(ran.Is(Code::kResourceExhausted), scanned > 1000);
    EXPECT_EQ(rows_.rows().size(), scanned > 1000 ? 0U : 1U);
    EXPECT_EQ(rows_.columns_calls(), scanned > 1000 ? 0 : 1);
  }
  EXPECT_EQ(Deletes(), 0U) << "it has ended";
}

TEST_F(TrinoScript, HoldsNoLongAnswerBack) {
  const std::string columns = R"({"id":"q","columns":[{"name":"a","type":"varchar"}],)";
  const std::string row = "[\"" + std::string(3 << 20, 'x') + "\"]";
  for (int page = 1; page <= 3; ++page) {
    Page(columns + R"("data":[)" + row + "]," + Next(page) + "}");
  }
  Page(columns + R"("stats":{"physicalInputBytes":1001}})");
  EXPECT_TRUE(Run({"SELECT 1", {}, 1000}).Is(Code::kResourceExhausted));
  EXPECT_EQ(rows_.rows().size(), 2U);
  EXPECT_EQ(rows_.columns_calls(), 1);
}

TEST_F(TrinoScript, SendsItsCredentialsNowhereElse) {
  options_.token = Secret("jwt");
  Page(R"({"id":"q","nextUri":"http://elsewhere.example/1","stats":{}})");
  const auto ran = Run({"SELECT 1", {}, {}});
  ASSERT_TRUE(ran.Is(Code::kFailedPrecondition));
  EXPECT_NE(ran.error().message.find("process-forwarded"), std::string::npos);
  EXPECT_EQ(asked_[0].Header("authorization"), "Bearer jwt");
  EXPECT_EQ(asked_.size(), 1U);
}

TEST_F(TrinoScript, GivesUserAndPassword) {
  options_.user = "who";
  options_.password = Secret("why");
  Page(R"({"id":"q",)" + Next(1) + "}");
  Page(R"({"id":"q","stats":{}})");
  ASSERT_TRUE(Run({"SELECT 1", {}, {}}).ok());
  for (const TapRequest& request : asked_) {
    EXPECT_EQ(request.Header("authorization"), "Basic d2hvOndoeQ==");
    EXPECT_EQ(request.Header("x-trino-user"), "who");
  }
}

TEST(TrinoOptions, AreLookedAtBeforeTheyAreUsed) {
  const auto code_of = [](const TrinoOptions& options) { return OpenTrino(options).code(); };
  TrinoOptions options;
  EXPECT_EQ(code_of(options), Code::kInvalidArgument);
  options.url = "https://u:p@t";
  EXPECT_EQ(code_of(options), Code::kInvalidArgument);
  options.url = "http://trino.example";
  options.token = Secret("jwt");
  EXPECT_EQ(code_of(options), Code::kInvalidArgument) << "readable on its way";
  for (const char* elsewhere : {"http://localhost.evil.com", "http://127.0.0.1.evil:8080"}) {
    options.url = elsewhere;
    EXPECT_EQ(code_of(options), Code::kInvalidArgument) << elsewhere;
  }
  options.url = "http://[::1]:8080";
  EXPECT_TRUE(OpenTrino(options).ok());
  options.url = "https://trino.example";
  EXPECT_TRUE(OpenTrino(options).ok());
  options.user = "";
  EXPECT_EQ(code_of(options), Code::kInvalidArgument);
}

}  // namespace
}  // namespace pgattic::engine
