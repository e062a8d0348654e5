// A run whose way to the bucket is slow, narrow, silent, reset or cut in the middle of bodies.
// It may fail, but it does no harm; when the way is well again, a plain run does the work.
#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <vector>

#include "tests/support/s3/s3_server.h"
#include "tests/support/toxiproxy/toxiproxy.h"
#include "tests/torture/audit.h"
#include "tests/torture/writer.h"

namespace pgattic::torture {
namespace {

using test::ProxiedPort;

constexpr int kRows = 25;
// About 24 MB that do not compress: an upload of several parts.
constexpr const char* kFill =
    "INSERT INTO public.past_games (gid, created_at, game_end_reason, type, tournament_data) "
    "SELECT 'big' || g, '2024-02-10', 2, 0, jsonb_build_object('x', (SELECT "
    "string_agg(md5(g::text || i), '') FROM generate_series(1, 500) i)) FROM "
    "generate_series(1, 1500) g";

struct Fault {
  const char* name;
  std::function<Status(const ProxiedPort&)> apply;
  bool may_succeed = false;  ///< Slow is not broken.
};

std::vector<Fault> Faults() {
  std::vector<Fault> faults = {
      {"down", [](const ProxiedPort& way) { return way.Down(); }},
      {"slow", [](const ProxiedPort& way) { return way.Slow(std::chrono::milliseconds(150)); },
       true},
      {"narrow", [](const ProxiedPort& way) { return way.Narrow(4); }, true},
      {"hanging", [](const ProxiedPort& way) { return way.Hang(); }},
      {"reset", [](const ProxiedPort& way) { return way.Reset(); }},
      {"reset later",
       [](const ProxiedPort& way) { return way.Reset(std::chrono::milliseconds(20)); }, true}};
  for (const std::int64_t bytes : {100, 1500, 9000}) {
    faults.push_back({"answers cut",
                      [bytes](const ProxiedPort& way) { return way.CutAnswersAfter(bytes); },
                      true});
    faults.push_back({"requests cut",
                      [bytes](const ProxiedPort& way) { return way.CutRequestsAfter(bytes); },
                      true});
  }
  return faults;
}

class Toxic : public ::testing::Test {
 protected:
  void SetUp() override {
    auto cluster = sandbox::PostgresCluster::Start(OpContext(), {});
    ASSERT_TRUE(cluster.ok()) << cluster.error().ToString();
    cluster_ = std::move(*cluster);
    auto server = test::S3Server::Start();
    ASSERT_TRUE(server.ok()) << server.error().ToString();
    server_ = std::move(*server);
    auto proxy = test::Toxiproxy::Start();
    ASSERT_TRUE(proxy.ok()) << proxy.error().ToString();
    proxy_ = std::move(*proxy);
    auto way = proxy_->Before(server_->port());
    ASSERT_TRUE(way.ok()) << way.error().ToString();
    way_ = std::move(*way);
  }
  void Begin() {
    const auto bucket = server_->MakeBucket();
    ASSERT_TRUE(bucket.ok()) << bucket.error().ToString();
    auto arena = Arena::Make(
        *cluster_, {.is_games = true,
                    .run = "swap_pause = \"20ms\"\nswap_tries = 2\nsnapshot_wait = \"2s\"\n",
                    .archive_url = "s3://" + *bucket,
                    .archive_settings = "[s3]\nendpoint = \"" + way_->endpoint() +
                                        "\"\npath_style = true\nmax_retries = 1\n"
                                        "connect_timeout = \"1s\"\nrequest_timeout = \"2s\"\n"
                                        "access_key = \"" +
                                        server_->access_key() + "\"\nsecret_key = \"" +
                                        server_->secret_key() + "\"\n"});
    ASSERT_TRUE(arena.ok()) << arena.error().ToString();
    arena_ = std::move(*arena);
    history_ = std::make_unique<History>();
    Writer writer(*arena_, *history_, 1, 0);
    ASSERT_TRUE(writer.Load(kRows).ok());
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
  void Heal() { ASSERT_TRUE(way_->Heal().ok()); }

  std::unique_ptr<sandbox::PostgresCluster> cluster_;
  std::unique_ptr<test::S3Server> server_;
  std::unique_ptr<test::Toxiproxy> proxy_;
  std::unique_ptr<ProxiedPort> way_;
  std::unique_ptr<Arena> arena_;
  std::unique_ptr<History> history_;
};

TEST_F(Toxic, WaysToTheBucketLoseNoRowAndLeaveNothingBehind) {
  int failed = 0;
  for (const Fault& fault : Faults()) {
    SCOPED_TRACE(fault.name);
    ASSERT_NO_FATAL_FAILURE(Begin());
    ASSERT_TRUE(fault.apply(*way_).ok());
    const auto ran = Run({"archive"});
    EXPECT_EQ(ran.exit.signal, 0);
    EXPECT_EQ(ran.err.find("internal error"), std::string::npos) << ran.err;
    if (!ran.exit.ok()) ++failed;
    if (!fault.may_succeed) {
      EXPECT_FALSE(ran.exit.ok()) << ran.out;
      EXPECT_FALSE(ran.err.empty());
    }
    Heal();
    Works({"archive"});
    Works({"verify"});
    Audit audit(*arena_, *history_);
    const auto faults = audit.Run();
    ASSERT_TRUE(faults.ok()) << faults.error().ToString();
    for (const std::string& wrong : *faults) ADD_FAILURE() << wrong;
  }
  std::printf("%d of %zu runs failed\n", failed, Faults().size());
}

TEST_F(Toxic, WayCutInTheMiddleOfAMultipartUploadIsGoneOnFromLater) {
  ASSERT_NO_FATAL_FAILURE(Begin());
  const auto connection = arena_->Connect("filler");
  ASSERT_TRUE(connection.ok());
  const auto filled = (*connection)->Exec(OpContext(), kFill);
  ASSERT_TRUE(filled.ok()) << filled.error().ToString();
  const std::vector<std::string> archive = {"archive", "--partition", arena_->table().Partition(1)};
  ASSERT_TRUE(way_->CutRequestsAfter(3'000'000).ok());
  const auto ran = Run(archive);
  EXPECT_FALSE(ran.exit.ok()) << ran.out;
  EXPECT_EQ(ran.exit.signal, 0);
  Heal();
  Works(archive);
  Works({"verify"});
  const auto left =
      (*connection)->Exec(OpContext(), "SELECT count(*) FROM public.past_games_2024_02_late");
  ASSERT_TRUE(left.ok()) << left.error().ToString();
  EXPECT_EQ(left->Int(0, 0), 0);
}

}  // namespace
}  // namespace pgattic::torture
