#include "engine/duckdb_engine.h"

#include <filesystem>
#include <fstream>

#include "base/hash.h"
#include "engine/conformance_suite.h"

namespace pgattic::engine {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("pgattic-engine-" + RandomHex(8))) {
    fs::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path() const { return path_.string(); }

 private:
  fs::path path_;
};

constexpr const char* kNumbers =
    "SELECT range AS n, CASE WHEN range % 100 = 0 THEN NULL ELSE 'name-' || range END AS name "
    "FROM range(1, 1001)";

class DuckDbFixture final : public EngineFixture {
 public:
  DuckDbFixture() {
    auto opened = DuckDbEngine::Open(OpContext(), {});
    if (!opened.ok()) ADD_FAILURE() << opened.status().ToString();
    engine_ = std::move(*opened);
    const OpContext ctx;
    EXPECT_TRUE(engine_->Define(ctx, "CREATE TABLE numbers AS " + std::string(kNumbers)).ok());
    EXPECT_TRUE(engine_->Restrict(ctx, {}, {}).ok());
    EXPECT_TRUE(engine_->Lock(ctx).ok());
  }
  QueryEngine& engine() override { return *engine_; }
  std::string EndlessSql() const override {
    return "SELECT sum(hash(range) % 7) FROM range(1000000000000)";
  }
  /// Statements run on their caller's behalf: when Run is back, none is left.
  bool IsIdle() override { return true; }

 private:
  std::unique_ptr<DuckDbEngine> engine_;
};

INSTANTIATE_TEST_SUITE_P(DuckDb, QueryEngineConformance,
                         testing::Values(EngineCase{
                             "duckdb", [] { return std::make_unique<DuckDbFixture>(); }}),
                         EngineCaseName);

class DuckDb : public testing::Test {
 protected:
  void SetUp() override { Open({}); }
  void Open(const DuckDbOptions& options) {
    auto opened = DuckDbEngine::Open(ctx_, options);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    engine_ = std::move(*opened);
  }
  /// Writes a Parquet file of `select` and returns its path.
  std::string Write(const std::string& name, const std::string& select) {
    std::string path = folder_.path() + "/" + name;
    const Status written =
        engine_->Define(ctx_, "COPY (" + select + ") TO '" + path + "' (FORMAT parquet)");
    EXPECT_TRUE(written.ok()) << written.ToString();
    return path;
  }
  Result<QueryCost> Run(const std::string& sql, std::optional<std::int64_t> max_bytes = {}) {
    answer_ = KeptAnswerOf();
    return engine_->Run(ctx_, {sql, {}, max_bytes}, *answer_);
  }
  static std::unique_ptr<KeptAnswer> KeptAnswerOf() { return std::make_unique<KeptAnswer>(); }
  std::string CodeOf(const std::string& sql) {
    const auto ran = Run(sql);
    return ran.ok() ? "ok" : std::string(TraitsOf(ran.status().code()).name);
  }

  OpContext ctx_;
  Folder folder_;
  std::unique_ptr<DuckDbEngine> engine_;
  std::unique_ptr<KeptAnswer> answer_;
};

TEST_F(DuckDb, WritesEveryTypeAsText) {
  const auto ran = Run(
      "SELECT 1::decimal(10,2) AS a, timestamptz '2024-01-02 03:04:05.678901+02' AS b, "
      "date '2024-02-29' AS c, [1, 2] AS d, 'NaN'::double AS e, {'x': 1} AS f, '{}'::json AS g, "
      "170141183460469231731687303715884105727::hugeint AS h, '\\x00'::blob AS a -- twice");
  ASSERT_TRUE(ran.ok()) << ran.status().ToString();
  std::vector<std::string> types;
  for (const AnswerColumn& column : answer_->columns) types.push_back(column.type);
  EXPECT_THAT(types, testing::ElementsAre("decimal(10,2)", "timestamp with time zone", "date",
                                          "list", "double", "struct", "json", "hugeint", "blob"));
  std::vector<std::string> texts;
  for (const AnswerValue& value : answer_->rows.at(0)) texts.push_back(value.value_or("NULL"));
  EXPECT_THAT(texts, testing::ElementsAre("1.00", "2024-01-02 01:04:05.678901+00", "2024-02-29",
                                          "[1, 2]", "nan", "{'x': 1}", "{}",
                                          "170141183460469231731687303715884105727", "\\x00"));
}

TEST_F(DuckDb, AnswersQueriesOnly) {
  const std::string path = folder_.path() + "/out";
  for (const std::string& sql :
       {std::string("CREATE TABLE t (n int)"), "COPY (SELECT 1) TO '" + path + "'",
        "ATTACH '" + path + "'", std::string("SET threads = 1"), std::string("INSTALL httpfs"),
        std::string("LOAD httpfs"), "EXPORT DATABASE '" + path + "'", std::string("CHECKPOINT"),
        std::string("CALL pragma_version()"), std::string("BEGIN"),
        std::string("DROP VIEW archive"), "explain  analyze\n COPY (SELECT 1) TO '" + path + "'",
        std::string("PREPARE p AS SELECT 1"), std::string("INSERT INTO t VALUES (1)"),
        "EXPLAIN ANALYZE (FORMAT json) COPY (SELECT 1) TO '" + path + "'",
        "/* */ EXPLAIN ANALYZE COPY (SELECT 1) TO '" + path + "'",
        "EXPLAIN (ANALYZE \") SELECT 1 /*\") COPY (SELECT 1) TO '" + path + "' -- */",
        std::string("SELECT 1) AS a; COPY (SELECT 1) TO '" + path + "'; SELECT (1")}) {
    EXPECT_NE(CodeOf(sql), "ok") << sql;
  }
  EXPECT_FALSE(fs::exists(path));
  for (const char* sql : {"VALUES (1)", "WITH a AS (SELECT 1) SELECT * FROM a", "FROM range(3)",
                          "DESCRIBE SELECT 1", "SHOW TABLES", "EXPLAIN SELECT 1",
                          "explain analyze SELECT 1", "EXPLAIN (FORMAT json) SELECT 1",
                          "EXPLAIN (SELECT 1)", "SELECT 1 ;\n", "SELECT 1 -- why"}) {
    EXPECT_EQ(CodeOf(sql), "ok") << sql;
  }
}

TEST_F(DuckDb, ReadsNothingButWhatItMay) {
  const std::string mine = Write("mine.parquet", "SELECT 7 AS n");
  const std::string other = Write("other.parquet", "SELECT 8 AS n");
  const std::string text = folder_.path() + "/secret.txt";
  std::ofstream(text) << "secret";
  ASSERT_TRUE(engine_->Restrict(ctx_, {mine}, {}).ok());
  ASSERT_TRUE(engine_->Lock(ctx_).ok());
  EXPECT_EQ(CodeOf("SELECT * FROM '" + mine + "'"), "ok");
  EXPECT_EQ(CodeOf("SELECT * FROM read_parquet('" + other + "')"), "PermissionDenied");
  EXPECT_EQ(CodeOf("SELECT * FROM read_text('" + text + "')"), "PermissionDenied");
  EXPECT_EQ(CodeOf("SELECT * FROM read_csv('" + text + "')"), "PermissionDenied");
  EXPECT_EQ(CodeOf("EXPLAIN ANALYZE SELECT * FROM read_text('/etc/passwd')"), "PermissionDenied");
  EXPECT_EQ(CodeOf("SELECT * FROM glob('" + folder_.path() + "/*')"), "PermissionDenied");
  EXPECT_FALSE(engine_->Define(ctx_, "SET threads = 1").ok());
}

TEST_F(DuckDb, AnErrorAmongTheRowsIsItsOwnNotAnInterrupt) {
  for (int i = 0; i < 40; ++i) {
    const auto ran =
        Run("SELECT CASE WHEN range < 90000 THEN range ELSE CAST('x' || range AS bigint) END FROM "
            "range(100000)");
    ASSERT_TRUE(ran.Is(Code::kInvalidArgument)) << i << ran.status().ToString();
    EXPECT_THAT(ran.error().message, testing::HasSubstr("'x9"));
  }
}

TEST_F(DuckDb, ASpillFolderAndMemoryAreBounds) {
  DuckDbOptions options;
  options.memory_bytes = 20 << 20;
  options.threads = 1;
  Open(options);
  EXPECT_EQ(CodeOf("SELECT count(*) FROM (SELECT DISTINCT range || 'x' AS t FROM range(3000000))"),
            "ResourceExhausted");
  const std::string why = Run("SELECT DISTINCT range || 'x' FROM range(3000000)").error().message;
  EXPECT_THAT(why, testing::HasSubstr("raise duckdb.memory"));
  EXPECT_THAT(why, testing::Not(testing::HasSubstr("SET "))) << "that is refused";
  options.spill_folder = folder_.path();
  Open(options);
  EXPECT_EQ(CodeOf("SELECT max(t) FROM (SELECT range || 'x' AS t FROM range(300000) ORDER BY 1)"),
            "ok");
}

TEST_F(DuckDb, AMissingOrDamagedFileIsToldApart) {
  const std::string path = Write("a.parquet", "SELECT 7 AS n");
  ASSERT_TRUE(
      engine_->Define(ctx_, "CREATE VIEW v AS SELECT * FROM read_parquet('" + path + "')").ok());
  std::ofstream(folder_.path() + "/b.parquet") << std::string(1000, 'x');
  EXPECT_EQ(CodeOf("SELECT * FROM read_parquet('" + folder_.path() + "/b.parquet')"), "Corruption");
  fs::remove(path);
  EXPECT_EQ(CodeOf("SELECT * FROM v"), "NotFound");
}

TEST_F(DuckDb, RefusesBeforeItReadsTooMuch) {
  const std::string one =
      Write("1.parquet", "SELECT range AS n, md5(range::varchar) AS t FROM range(20000)");
  const std::string two =
      Write("2.parquet", "SELECT range AS n, md5(range::varchar) AS t FROM range(20000)");
  ASSERT_TRUE(engine_
                  ->Define(ctx_, "CREATE VIEW v AS SELECT * FROM read_parquet(['" + one + "','" +
                                     two + "'])")
                  .ok());
  ASSERT_TRUE(engine_->Restrict(ctx_, {one, two}, {}).ok());
  EXPECT_TRUE(Run("SELECT sum(n) FROM v", 500'000).ok());
  const auto wide = Run("SELECT max(t) FROM v", 500'000);
  ASSERT_FALSE(wide.ok());
  EXPECT_TRUE(wide.status().Is(Code::kResourceExhausted)) << wide.status().ToString();
  EXPECT_EQ(answer_->column_calls, 0);
  const auto filtered = Run("SELECT count(*) FROM v WHERE t = 'x'", 500'000);
  EXPECT_TRUE(!filtered.ok() && filtered.status().Is(Code::kResourceExhausted));
  EXPECT_TRUE(Run("SELECT max(t) FROM v", 50'000'000).ok());
  EXPECT_TRUE(Run("EXPLAIN SELECT max(t) FROM v", 500'000).ok()) << "it reads nothing";
  const auto analyzed = Run("EXPLAIN ANALYZE SELECT max(t) FROM v", 500'000);
  EXPECT_TRUE(!analyzed.ok() && analyzed.status().Is(Code::kResourceExhausted));
}

/// Joins that make many rows of each, and answers that never end.
constexpr const char* kMultiplying[] = {
    "SELECT count(*) FROM range(10000000) a(x), range(10000000) b(x)",
    "SELECT sum(a.x * b.x) FROM range(1000000) a(x), range(1000000) b(x)",
    "SELECT a.x, b.x FROM range(1000000) a(x), range(1000000) b(x)",
    "SELECT count(*) FROM range(9999) a(x), range(9999) b(x), range(9999) c(x) WHERE a.x + b.x + "
    "c.x < 0",
    "WITH a AS MATERIALIZED (SELECT x FROM range(100000) t(x)) SELECT max(a1.x * a2.x * a3.x) FROM "
    "a a1, a a2, a a3",
    "SELECT sum(a.x * b.x) FROM (SELECT 1 AS k, x FROM range(1000000) t(x)) a JOIN (SELECT 1 AS k, "
    "x FROM range(1000000) t(x)) b USING (k)",
    "SELECT count(*) FROM range(3000000) a(x) JOIN range(3000000) b(x) ON a.x < b.x",
    "SELECT count(*) FROM range(3000000) a(x) LEFT JOIN range(3000000) b(x) ON a.x * b.x < 0",
    "SELECT sum(u) FROM range(1000000) t(x), LATERAL (SELECT unnest(range(100000)) AS u)",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r",
    "SELECT x FROM range(200000000) t(x) ORDER BY hash(x)",
    "SELECT count(*) FROM words a, words b, words c WHERE a.w || b.w || c.w = 'x'",
    "SELECT count(*) FROM words a JOIN words b ON a.w <> b.w || 'x' JOIN words c ON c.w > a.w",
    "SELECT a.w, count(*) FROM words a, words b, words c GROUP BY ALL",
};

class Multiplying : public DuckDb, public testing::WithParamInterface<const char*> {};

TEST_P(Multiplying, EndsWithinASecondOfItsDeadlineAndOfItsStop) {
  using std::chrono::milliseconds;
  ASSERT_TRUE(engine_
                  ->Define(ctx_,
                           "CREATE TABLE words AS SELECT md5(x::varchar) AS w FROM range(50000) "
                           "t(x)")
                  .ok());
  const auto end_of = [&](const OpContext& ctx) {
    answer_ = KeptAnswerOf();
    const auto started = std::chrono::steady_clock::now();
    const auto ran = engine_->Run(ctx, {GetParam(), {}, {}}, *answer_);
    EXPECT_LT(std::chrono::steady_clock::now() - started, milliseconds(1400)) << GetParam();
    return ran.code();
  };
  EXPECT_EQ(end_of(ctx_.WithDeadline(milliseconds(400))), Code::kDeadlineExceeded);
  std::stop_source stop;
  const std::jthread stopper([&] {
    EXPECT_TRUE(ctx_.SleepFor(milliseconds(400)).ok());
    stop.request_stop();
  });
  EXPECT_EQ(end_of(OpContext(SystemClock(), stop.get_token())), Code::kCancelled);
}

INSTANTIATE_TEST_SUITE_P(DuckDb, Multiplying, testing::ValuesIn(kMultiplying));

/// Keeps the highest that it was told.
class ProgressSink final : public AnswerSink {
 public:
  Status Columns(const std::vector<AnswerColumn>&) override { return Status::Ok(); }
  Status Row(std::span<const AnswerValue>) override { return Status::Ok(); }
  void Progress(double percent, std::int64_t) override { highest = std::max(highest, percent); }
  double highest = -1;
};

TEST_F(DuckDb, TellsHowFarItIs) {
  ASSERT_TRUE(
      engine_->Define(ctx_, "CREATE TABLE t AS SELECT range AS n FROM range(20000000)").ok());
  ASSERT_TRUE(engine_->Lock(ctx_).ok());
  ProgressSink sink;
  const auto ran =
      engine_->Run(ctx_, {"SELECT sum(hash(n) % 7) FROM t WHERE n % 3 < 2", {}, {}}, sink);
  ASSERT_TRUE(ran.ok()) << ran.status().ToString();
  EXPECT_GT(sink.highest, 5);
  EXPECT_LE(sink.highest, 100);
}

TEST_F(DuckDb, SaysWhichColumnsAQueryTouches) {
  ASSERT_TRUE(engine_->Define(ctx_, "CREATE TABLE t (a int, b varchar, c date)").ok());
  ASSERT_TRUE(
      engine_->Define(ctx_, "INSERT INTO t VALUES (1, 'x', '2024-01-01'), (2, 'y', NULL)").ok());
  const auto scans = engine_->Plan(ctx_, {"SELECT a FROM t WHERE b = ?", {"x"}, {}});
  ASSERT_TRUE(scans.ok()) << scans.status().ToString();
  ASSERT_EQ(scans->size(), 1U);
  EXPECT_EQ(scans->at(0).table, "memory.main.t");
  EXPECT_TRUE(scans->at(0).Touches("a"));
  EXPECT_TRUE(scans->at(0).Touches("b"));
  EXPECT_FALSE(scans->at(0).Touches("c"));
}

}  // namespace
}  // namespace pgattic::engine
