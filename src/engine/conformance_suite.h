// The conformance suite: what the port promises, asked of every engine. Include it in one test
// file and instantiate it:
//
//   INSTANTIATE_TEST_SUITE_P(DuckDb, QueryEngineConformance, testing::Values(EngineCase{...}),
//                            EngineCaseName);
//
// The engine has a table (or view) `numbers`: n bigint 1 to 1000, name varchar 'name-<n>', but
// NULL where n is a multiple of 100.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "engine/query_engine.h"

namespace pgattic::engine {

/// An engine under test with what it needs to live.
class EngineFixture {
 public:
  EngineFixture() = default;
  EngineFixture(const EngineFixture&) = delete;
  EngineFixture& operator=(const EngineFixture&) = delete;
  virtual ~EngineFixture() = default;
  virtual QueryEngine& engine() = 0;
  /// A statement that takes minutes unless it is cancelled.
  virtual std::string EndlessSql() const = 0;
  /// Waits, at most a second, until the engine runs no statement. True when it did so.
  virtual bool IsIdle() = 0;
  /// Whether EXPLAIN takes parameters; else it is Unsupported.
  virtual bool ExplainsParameters() const { return true; }
};

struct EngineCase {
  std::string name;
  std::function<std::unique_ptr<EngineFixture>()> make;
};

inline void PrintTo(const EngineCase& engine_case, std::ostream* out) { *out << engine_case.name; }

inline std::string EngineCaseName(const testing::TestParamInfo<EngineCase>& info) {
  return info.param.name;
}

/// Keeps an answer. `fail_at`: the row whose delivery fails.
class KeptAnswer final : public AnswerSink {
 public:
  Status Columns(const std::vector<AnswerColumn>& given) override {
    ++column_calls;
    columns = given;
    return Status::Ok();
  }
  Status Row(std::span<const AnswerValue> values) override {
    if (static_cast<std::int64_t>(rows.size()) == fail_at) {
      return {Code::kResourceExhausted, "the sink is full"};
    }
    rows.emplace_back(values.begin(), values.end());
    return Status::Ok();
  }
  /// Values of one column, "NULL" for NULL.
  std::vector<std::string> Column(std::size_t index) const {
    std::vector<std::string> texts;
    for (const auto& row : rows) texts.push_back(row.at(index).value_or("NULL"));
    return texts;
  }

  int column_calls = 0;
  std::int64_t fail_at = -1;
  std::vector<AnswerColumn> columns;
  std::vector<std::vector<AnswerValue>> rows;
};

/// What would find rows if it were more than a value.
inline std::vector<std::string> Attacks() {
  return {"x' OR '1'='1",
          "name-7' --",
          "'; DROP TABLE numbers",
          "name-7\\",
          "\\' OR 1=1 --",
          "%",
          "?",
          "\xc3\xa9",
          "' OR 1=1 --",
          "'), ('",
          "'' OR ''=''",
          "7) OR (1=1",
          "7 OR 1=1",
          "NULL OR true",
          "n",
          "' UNION ALL SELECT n FROM numbers --",
          "USING 'name-7'",
          "\"name\"",
          "/* */ name-7",
          "name-7\n",
          "\xef\xbc\x87 OR 1=1"};
}

class QueryEngineConformance : public testing::TestWithParam<EngineCase> {
 protected:
  void SetUp() override {
    fixture_ = GetParam().make();
    ASSERT_NE(fixture_, nullptr);
  }
  QueryEngine& engine() { return fixture_->engine(); }
  Result<QueryCost> Run(const std::string& sql, const std::vector<AnswerValue>& parameters = {}) {
    answer_ = std::make_unique<KeptAnswer>();
    return engine().Run(ctx_, {sql, parameters, {}}, *answer_);
  }
  /// Returns the code's name, or "ok".
  std::string CodeOf(const Result<QueryCost>& ran) {
    return ran.ok() ? "ok" : std::string(TraitsOf(ran.status().code()).name);
  }

  OpContext ctx_ = OpContext().WithDeadline(std::chrono::minutes(2));
  std::unique_ptr<EngineFixture> fixture_;
  std::unique_ptr<KeptAnswer> answer_;
};

TEST_P(QueryEngineConformance, AnswersInOrderWithNamesAndTypes) {
  const auto ran = Run("SELECT n, name FROM numbers WHERE n > 97 AND n <= 101 ORDER BY n DESC");
  ASSERT_TRUE(ran.ok()) << ran.status().ToString();
  EXPECT_EQ(ran->rows, 4);
  EXPECT_EQ(answer_->column_calls, 1);
  ASSERT_EQ(answer_->columns.size(), 2U);
  EXPECT_EQ(answer_->columns[0].name, "n");
  EXPECT_EQ(answer_->columns[0].type, "bigint");
  EXPECT_EQ(answer_->columns[1].name, "name");
  EXPECT_THAT(answer_->columns[1].type, testing::StartsWith("varchar"));
  EXPECT_THAT(answer_->Column(0), testing::ElementsAre("101", "100", "99", "98"));
  EXPECT_THAT(answer_->Column(1), testing::ElementsAre("name-101", "NULL", "name-99", "name-98"));
}

TEST_P(QueryEngineConformance, TellsColumnsOfAnEmptyAnswer) {
  const auto ran = Run("SELECT n FROM numbers WHERE n < 0");
  ASSERT_TRUE(ran.ok()) << ran.status().ToString();
  EXPECT_EQ(ran->rows, 0);
  EXPECT_EQ(answer_->column_calls, 1);
  ASSERT_EQ(answer_->columns.size(), 1U);
  EXPECT_TRUE(answer_->rows.empty());
}

TEST_P(QueryEngineConformance, GivesEveryRowOfALongAnswer) {
  const auto ran = Run("SELECT a.n, b.n FROM numbers a CROSS JOIN numbers b WHERE b.n <= 30");
  ASSERT_TRUE(ran.ok()) << ran.status().ToString();
  EXPECT_EQ(ran->rows, 30'000);
  std::int64_t sum = 0;
  for (const std::string& n : answer_->Column(0)) sum += std::stoll(n);
  EXPECT_EQ(sum, 30 * 500'500);
}

TEST_P(QueryEngineConformance, TakesAWholeNumberAsItIs) {
  const auto ran = Run("SELECT CAST(9007199254740993 AS BIGINT), CAST(NULL AS BIGINT), true");
  ASSERT_TRUE(ran.ok()) << ran.status().ToString();
  EXPECT_EQ(answer_->rows.at(0).at(0), "9007199254740993");
  EXPECT_EQ(answer_->rows.at(0).at(1), std::nullopt);
  EXPECT_EQ(answer_->rows.at(0).at(2), "true");
}

TEST_P(QueryEngineConformance, BindsParametersAsValues) {
  ASSERT_TRUE(Run("SELECT n FROM numbers WHERE name = ?", {"name-7"}).ok());
  EXPECT_THAT(answer_->Column(0), testing::ElementsAre("7"));
  for (const std::string& attack : Attacks()) {
    const auto ran = Run("SELECT n FROM numbers WHERE name = ?", {attack});
    ASSERT_TRUE(ran.ok()) << attack << ": " << ran.status().ToString();
    EXPECT_EQ(ran->rows, 0) << attack;
  }
}

TEST_P(QueryEngineConformance, BindsANumberWhereOneIsWanted) {
  const std::string sql = "SELECT n FROM numbers WHERE n = CAST(? AS bigint) OR name = ?";
  ASSERT_TRUE(Run(sql, {"7", "name-8"}).ok());
  EXPECT_THAT(answer_->Column(0), testing::UnorderedElementsAre("7", "8"));
  for (const std::string& attack : Attacks()) {
    const auto ran = Run(sql, {attack, attack});
    // What is no number is refused, or matches nothing.
    EXPECT_EQ(ran.ok() ? ran->rows : 0, 0) << attack;
    EXPECT_THAT(CodeOf(ran), testing::AnyOf("ok", "InvalidArgument")) << attack;
  }
}

TEST_P(QueryEngineConformance, BindsNullAndSeveralInTheirOrder) {
  ASSERT_TRUE(Run("SELECT count(*) FROM numbers WHERE name = ?", {std::nullopt}).ok());
  EXPECT_THAT(answer_->Column(0), testing::ElementsAre("0"));
  ASSERT_TRUE(Run("SELECT ?, ?", {"first", "second"}).ok());
  EXPECT_EQ(answer_->rows.at(0).at(0), "first");
  EXPECT_EQ(answer_->rows.at(0).at(1), "second");
}

TEST_P(QueryEngineConformance, ExplainsAStatementWithItsParameters) {
  ASSERT_TRUE(Run("EXPLAIN SELECT n FROM numbers WHERE n > 1000").ok());
  EXPECT_FALSE(answer_->rows.empty());
  const std::string sql = "SELECT n FROM numbers WHERE n > CAST(? AS bigint) AND name = ?";
  for (const std::string head : {"EXPLAIN ", "EXPLAIN ANALYZE ", "explain (FORMAT json)\n"}) {
    const auto ran = Run(head + sql + ";", {"7", "name-8'"});
    EXPECT_EQ(CodeOf(ran), fixture_->ExplainsParameters() ? "ok" : "Unsupported")
        << head << (ran.ok() ? "" : ran.status().ToString());
  }
  if (!fixture_->ExplainsParameters()) return;
  EXPECT_EQ(CodeOf(Run("EXPLAIN SELECT n FROM numbers WHERE n > ?", {"7"})), "ok");
  EXPECT_FALSE(answer_->rows.empty());
  EXPECT_EQ(CodeOf(Run("EXPLAIN " + sql, {"7"})), "InvalidArgument");
  EXPECT_EQ(CodeOf(Run("EXPLAIN SELECT 1", {"7"})), "InvalidArgument");
}

TEST_P(QueryEngineConformance, SaysWhatIsWrongWithAStatement) {
  EXPECT_EQ(CodeOf(Run("SELEC 1")), "InvalidArgument");
  EXPECT_EQ(CodeOf(Run("SELECT no_such_column FROM numbers")), "InvalidArgument");
  EXPECT_EQ(CodeOf(Run("SELECT 1 FROM no_such_table")), "InvalidArgument");
  EXPECT_EQ(CodeOf(Run("SELECT 1; SELECT 2")), "InvalidArgument");
  EXPECT_EQ(CodeOf(Run("")), "InvalidArgument");
  EXPECT_EQ(CodeOf(Run("SELECT ?", {"a", "b"})), "InvalidArgument");
  EXPECT_EQ(CodeOf(Run("SELECT ?, ?", {"a"})), "InvalidArgument");
  EXPECT_EQ(answer_->column_calls, 0);
  ASSERT_TRUE(Run("SELECT 1").ok());
}

TEST_P(QueryEngineConformance, EndsWithTheSinksError) {
  KeptAnswer full;
  full.fail_at = 3;
  const auto ran =
      engine().Run(ctx_, {"SELECT a.n FROM numbers a CROSS JOIN numbers b", {}, {}}, full);
  EXPECT_EQ(CodeOf(ran), "ResourceExhausted");
  EXPECT_EQ(full.rows.size(), 3U);
  EXPECT_TRUE(fixture_->IsIdle());
}

TEST_P(QueryEngineConformance, CancelsAtTheDeadline) {
  KeptAnswer answer;
  const auto ran = engine().Run(ctx_.WithDeadline(std::chrono::milliseconds(400)),
                                {fixture_->EndlessSql(), {}, {}}, answer);
  EXPECT_EQ(CodeOf(ran), "DeadlineExceeded");
  EXPECT_TRUE(fixture_->IsIdle());
}

TEST_P(QueryEngineConformance, CancelsWhenStopped) {
  std::stop_source stop;
  const OpContext ctx(SystemClock(), stop.get_token());
  const std::jthread stopper([&] {
    ctx_.SleepFor(std::chrono::milliseconds(300)).ok();
    stop.request_stop();
  });
  KeptAnswer answer;
  EXPECT_EQ(CodeOf(engine().Run(ctx, {fixture_->EndlessSql(), {}, {}}, answer)), "Cancelled");
  EXPECT_TRUE(fixture_->IsIdle());
}

TEST_P(QueryEngineConformance, BeginsNothingWhenItIsOver) {
  std::stop_source stop;
  stop.request_stop();
  KeptAnswer answer;
  const OpContext ctx(SystemClock(), stop.get_token());
  EXPECT_EQ(CodeOf(engine().Run(ctx, {"SELECT 1", {}, {}}, answer)), "Cancelled");
  EXPECT_EQ(answer.column_calls, 0);
}

TEST_P(QueryEngineConformance, AnswersSeveralAtOnce) {
  std::atomic<int> wrong{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 1; i <= 3; ++i) {
          KeptAnswer answer;
          const std::string n = std::to_string(100 * t + i);
          const auto ran = engine().Run(
              ctx_, {"SELECT n FROM numbers WHERE name = ?", {"name-" + n}, {}}, answer);
          if (!ran.ok() || answer.Column(0) != std::vector<std::string>{n}) ++wrong;
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
}

}  // namespace pgattic::engine
