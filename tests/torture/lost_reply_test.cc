// Every reply that a run waits for is lost once: to each COMMIT, by PostgreSQL's side, and to
// each PUT, POST and DELETE, by the bucket's. The effect has happened; the run cannot know.
#include <gtest/gtest.h>

#include <cstdio>
#include <set>

#include "tests/support/s3/http_tap.h"
#include "tests/support/s3/s3_server.h"
#include "tests/torture/audit.h"
#include "tests/torture/pg_tap.h"
#include "tests/torture/writer.h"

namespace pgattic::torture {
namespace {

using test::HttpTap;
using test::TapAction;
using test::TapRequest;

constexpr int kRows = 25;
constexpr int kEnough = 80;

class LostReply : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto started = sandbox::PostgresCluster::Start(OpContext(), {});
    ASSERT_TRUE(started.ok()) << started.error().ToString();
    cluster_ = std::move(*started);
  }
  static void TearDownTestSuite() { cluster_.reset(); }

  void Begin(ArenaOptions options) {
    options.run = "swap_pause = \"20ms\"\nswap_tries = 2\nsnapshot_wait = \"2s\"\nworkers = 1\n";
    auto arena = Arena::Make(*cluster_, options);
    ASSERT_TRUE(arena.ok()) << arena.error().ToString();
    arena_ = std::move(*arena);
    history_ = std::make_unique<History>();
    Writer writer(*arena_, *history_, 1, 0);
    ASSERT_TRUE(writer.Load(kRows).ok());
    partition_ = arena_->table().Partition(0);
  }
  sandbox::SubprocessOutcome Run(const std::vector<std::string>& arguments) {
    auto ran = arena_->Run(arguments);
    EXPECT_TRUE(ran.ok()) << ran.error().ToString();
    return ran.ok() ? *ran : sandbox::SubprocessOutcome();
  }
  void Works(const std::vector<std::string>& arguments) {
    const auto ran = Run(arguments);
    EXPECT_TRUE(ran.exit.ok()) << ran.exit.ToString() << ran.out << ran.err;
  }
  void NothingIsWrong() {
    Audit audit(*arena_, *history_);
    const Result<std::vector<std::string>> faults = audit.Run();
    ASSERT_TRUE(faults.ok()) << faults.error().ToString();
    for (const std::string& fault : *faults) ADD_FAILURE() << fault;
  }

  static std::unique_ptr<sandbox::PostgresCluster> cluster_;
  std::unique_ptr<Arena> arena_;
  std::unique_ptr<History> history_;
  std::string partition_;
};

std::unique_ptr<sandbox::PostgresCluster> LostReply::cluster_;

class LostReplyToCommit : public LostReply {
 protected:
  /// Loses the reply to each COMMIT of `command`; `prepare` comes before, unharmed.
  void LoseEach(const std::vector<std::string>& prepare, std::vector<std::string> command) {
    PgTap tap(cluster_->port());
    int lost = 0;
    for (int n = 1; n < kEnough; ++n) {
      SCOPED_TRACE("COMMIT " + std::to_string(n));
      tap.LoseReplyToCommit(0);
      ASSERT_NO_FATAL_FAILURE(Begin({.is_games = true, .database_port = tap.port()}));
      command.back() = partition_;
      if (!prepare.empty()) Works(prepare);
      tap.LoseReplyToCommit(n);
      const auto ran = Run(command);
      if (!tap.lost()) break;
      ++lost;
      EXPECT_EQ(ran.exit.signal, 0);
      EXPECT_NE(ran.exit.code, 0) << ran.out;
      EXPECT_EQ((ran.out + ran.err).find("internal error"), std::string::npos) << ran.err;
      tap.LoseReplyToCommit(0);
      if (command.front() == "rollback") Works(command);
      Works({"archive"});
      NothingIsWrong();
    }
    std::printf("%s: replies to %d COMMITs lost\n", command.front().c_str(), lost);
    EXPECT_GT(lost, 3);
  }
};

TEST_F(LostReplyToCommit, OfAnArchiveDoesNoHarm) { LoseEach({}, {"archive", "--partition", ""}); }

TEST_F(LostReplyToCommit, OfARollbackDoesNoHarm) {
  LoseEach({"archive", "--until", "detached"}, {"rollback", ""});
}

class LostReplyOfTheBucket : public LostReply {
 protected:
  void SetUp() override {
    auto server = test::S3Server::Start();
    ASSERT_TRUE(server.ok()) << server.error().ToString();
    server_ = std::move(*server);
    tap_ = std::make_unique<HttpTap>(server_->port());
  }
  void BeginInABucket() {
    const auto bucket = server_->MakeBucket();
    ASSERT_TRUE(bucket.ok()) << bucket.error().ToString();
    tap_->SetHook({});
    ASSERT_NO_FATAL_FAILURE(
        Begin({.is_games = true,
               .archive_url = "s3://" + *bucket,
               .archive_settings = "[s3]\nendpoint = \"" + tap_->endpoint() +
                                   "\"\npath_style = true\nmax_retries = 1\naccess_key = \"" +
                                   server_->access_key() + "\"\nsecret_key = \"" +
                                   server_->secret_key() + "\"\n"}));
  }
  /// From now on every reply to the n-th different write is lost, however often it is sent.
  void LoseReplyTo(std::size_t n) {
    writes_.clear();
    lost_.clear();
    tap_->SetHook([this, n](const TapRequest& request) -> TapAction {
      if (request.method == "GET" || request.method == "HEAD") return {};
      const std::lock_guard lock(mutex_);
      const std::string write = request.method + " " + request.target;
      if (writes_.insert(write).second && writes_.size() == n) lost_ = write;
      return write == lost_ ? TapAction{TapAction::Kind::kDropAfter, ""} : TapAction{};
    });
  }

  std::unique_ptr<test::S3Server> server_;
  std::unique_ptr<HttpTap> tap_;
  std::mutex mutex_;  // Guards what follows.
  std::set<std::string> writes_;
  std::string lost_;
};

TEST_F(LostReplyOfTheBucket, ToEachWriteDoesNoHarm) {
  int lost = 0;
  for (std::size_t n = 1; n < kEnough; ++n) {
    ASSERT_NO_FATAL_FAILURE(BeginInABucket());
    LoseReplyTo(n);
    const auto ran = Run({"archive", "--partition", partition_});
    SCOPED_TRACE(lost_);
    if (lost_.empty()) break;
    ++lost;
    EXPECT_EQ(ran.exit.signal, 0);
    tap_->SetHook({});
    Works({"archive"});
    NothingIsWrong();
  }
  std::printf("replies to %d writes lost\n", lost);
  EXPECT_GT(lost, 3);
}

TEST_F(LostReplyOfTheBucket, ToCompleteMultipartUploadDoesNoHarm) {
  ASSERT_NO_FATAL_FAILURE(BeginInABucket());
  const auto connection = arena_->Connect("filler");
  ASSERT_TRUE(connection.ok());
  // About 24 MB that do not compress: several parts of an upload.
  const auto filled = (*connection)
                          ->Exec(OpContext(),
                                 "INSERT INTO public.past_games (gid, created_at, "
                                 "game_end_reason, type, tournament_data) SELECT 'big' || g, "
                                 "'2024-02-10', 2, 0, jsonb_build_object('x', (SELECT "
                                 "string_agg(md5(g::text || i), '') FROM generate_series(1, 500) "
                                 "i)) FROM generate_series(1, 1500) g");
  ASSERT_TRUE(filled.ok()) << filled.error().ToString();
  int completes = 0;
  tap_->SetHook([&](const TapRequest& request) -> TapAction {
    const bool is_complete =
        request.method == "POST" && request.target.find("uploadId=") != std::string::npos;
    if (!is_complete) return {};
    ++completes;
    return {TapAction::Kind::kDropAfter, ""};
  });
  const auto ran = Run({"archive", "--partition", arena_->table().Partition(1)});
  tap_->SetHook({});
  EXPECT_GT(completes, 0) << ran.out << ran.err;
  EXPECT_EQ(ran.exit.signal, 0);
  Works({"archive", "--partition", arena_->table().Partition(1)});
  Works({"verify"});
  const auto left =
      (*connection)->Exec(OpContext(), "SELECT count(*) FROM public.past_games_2024_02_late");
  ASSERT_TRUE(left.ok());
  EXPECT_EQ(left->Int(0, 0), 0);
}

}  // namespace
}  // namespace pgattic::torture
