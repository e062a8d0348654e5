// A Trino that is down, slow, full, or does not know us: each a typed error.
#include "engine_archive.h"
#include "s3/s3_object_store.h"
#include "tests/support/s3/socket.h"

namespace pgattic::test {
namespace {

using engine::TrinoOptions;

class TrinoErrors : public EngineArchive {
 protected:
  Result<engine::QueryCost> Run(const TrinoOptions& options, const std::string& sql,
                                const OpContext& ctx = {},
                                std::optional<std::int64_t> max_bytes = std::nullopt) {
    return engine::OpenTrino(options).value()->Run(ctx, {sql, {}, max_bytes}, rows_);
  }
  engine::Rows rows_;
};

TEST_F(TrinoErrors, ADoorThatAsksForATokenOpensForTheRightOne) {
  TrinoOptions options = TrinoOptionsHere();
  options.url = trino().https_url();
  options.retry.max_attempts = 1;
  const auto stranger = Run(options, "SELECT 1");
  EXPECT_TRUE(stranger.Is(Code::kFailedPrecondition)) << "the certificate is nobody's we know";
  options.ca_file = trino().ca_file();
  EXPECT_TRUE(Run(options, "SELECT 1").Is(Code::kPermissionDenied)) << "no token";
  options.token = Secret(trino().TokenFor("ann") + "x");
  const auto wrong = Run(options, "SELECT 1");
  ASSERT_TRUE(wrong.Is(Code::kPermissionDenied));
  EXPECT_EQ(wrong.error().ToString().find(options.token.Reveal()), std::string::npos);
  options.token = Secret(trino().TokenFor("ann"));
  options.user = "ann";
  const auto right = Run(options, "SELECT current_user");
  ASSERT_TRUE(right.ok()) << right.error().ToString();
  EXPECT_EQ(rows_.Text(), "_col0\nann\n");
  options.user = "bob";
  EXPECT_TRUE(Run(options, "SELECT 1").Is(Code::kPermissionDenied)) << "ann is not bob";
}

TEST_F(TrinoErrors, WhatTheStatementHasWrong) {
  TrinoOptions options = TrinoOptionsHere();
  EXPECT_TRUE(Run(options, "SELECT * FROM past_games").Is(Code::kInvalidArgument));
  options.schema = "nowhere";
  const auto schema = Run(options, "SELECT * FROM past_games");
  ASSERT_TRUE(schema.Is(Code::kInvalidArgument));
  EXPECT_EQ(schema.error().origin.code, "SCHEMA_NOT_FOUND");
  EXPECT_NE(schema.error().message.find("pgattic ddl"), std::string::npos);
  options.catalog = "nowhere";
  EXPECT_TRUE(Run(options, "SELECT * FROM past_games").Is(Code::kInvalidArgument));
  EXPECT_TRUE(Run(TrinoOptionsHere(), "SELECT 1 WHERE 1 = 'a'").Is(Code::kInvalidArgument));
}

TEST_F(TrinoErrors, OneThatIsDownIsUnavailable) {
  TrinoOptions options = TrinoOptionsHere();
  options.url = "http://127.0.0.1:" + std::to_string(FreePort());
  options.retry.max_attempts = 2;
  EXPECT_TRUE(Run(options, "SELECT 1").Is(Code::kUnavailable));
}

TEST_F(TrinoErrors, OneThatHangsEndsWithTheDeadline) {
  trino().Freeze();
  const auto ran =
      Run(TrinoOptionsHere(), "SELECT 1", OpContext().WithDeadline(std::chrono::milliseconds(300)));
  trino().Wake();
  EXPECT_TRUE(ran.Is(Code::kDeadlineExceeded));
  const auto again = Run(TrinoOptionsHere(), "SELECT 1");
  EXPECT_TRUE(again.ok()) << again.error().ToString();
}

TEST_F(TrinoErrors, WhatDoesNotFitIsResourceExhausted) {
  TrinoOptions options = TrinoOptionsHere();
  options.session["query_max_memory_per_node"] = "1MB";
  const auto ran = Run(options,
                       "SELECT count(*) FROM (SELECT DISTINCT a.x, b.x FROM UNNEST(sequence(1, "
                       "9000)) a(x) CROSS JOIN UNNEST(sequence(1, 1000)) b(x))");
  ASSERT_TRUE(ran.Is(Code::kResourceExhausted)) << (ran.ok() ? "" : ran.error().ToString());
  EXPECT_EQ(ran.error().origin.system, "trino");
}

TEST_F(TrinoErrors, WhatReadsMoreThanItMayIsEnded) {
  LoadMonths({1}, 60);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  ASSERT_EQ(Pgattic({"archive"}).code, 0);
  DefineInTrino();
  const char* all = "SELECT max(game_document) FROM past_games";
  const auto free = Run(TrinoOptionsHere(), all);
  ASSERT_TRUE(free.ok()) << free.error().ToString();
  EXPECT_GT(free->bytes_scanned.value_or(0), 10'000);
  EXPECT_TRUE(Run(TrinoOptionsHere(), all, {}, 1 << 30).ok());
  const auto ran = Run(TrinoOptionsHere(), all, {}, 1000);
  EXPECT_TRUE(ran.Is(Code::kResourceExhausted)) << (ran.ok() ? "" : ran.error().ToString());
  ASSERT_TRUE(Run(TrinoOptionsHere(), std::string("EXPLAIN (TYPE io) ") + all).ok());
  EXPECT_NE(rows_.Text().find("\"outputSizeInBytes\" : \"NaN\""), std::string::npos)
      << "it could be refused beforehand: " << rows_.Text();
  // Short ones are over before Trino looks at its own limit; each is found out, with no row given.
  for (int i = 0; i < 20; ++i) {
    rows_.Clear();
    const auto short_one =
        Run(TrinoOptionsHere(), "SELECT gid FROM past_games_files LIMIT 3", {}, 100);
    EXPECT_TRUE(short_one.Is(Code::kResourceExhausted)) << i;
    EXPECT_EQ(rows_.columns_calls(), 0) << i;
    EXPECT_TRUE(rows_.rows().empty()) << i;
  }
}

TEST_F(TrinoErrors, WhatLiesInAFolderAndIsNoParquetIsCorruption) {
  LoadMonths({1}, 5);
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  ASSERT_EQ(Pgattic({"archive"}).code, 0);
  DefineInTrino();
  const auto store = s3::S3ObjectStore::Open(s3().OptionsFor(bucket())).value();
  ASSERT_TRUE(
      store->Put({}, "partitions/year=2024/month=01/x.json", AsBytes("0123456789abcdef"), {}).ok());
  const auto files = Run(TrinoOptionsHere(), "SELECT max(gid) FROM past_games_files");
  ASSERT_TRUE(files.Is(Code::kCorruption)) << (files.ok() ? "" : files.error().ToString());
  EXPECT_TRUE(Run(TrinoOptionsHere(), "SELECT max(gid) FROM past_games").ok());
}

}  // namespace
}  // namespace pgattic::test
