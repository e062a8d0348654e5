// A real server of which something is locked: what waits for it, and what is found all the same.
#include "lookup/pg_database.h"

#include <gtest/gtest.h>

#include "catalog/journal_schema.h"
#include "lookup/source_reader.h"
#include "sandbox/postgres_cluster.h"
#include "store/memory_object_store.h"

namespace pgattic::lookup {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using State = resilience::CircuitBreaker::State;

constexpr const char* kTables = R"sql(
CREATE TABLE public.games (uuid text PRIMARY KEY, created_at timestamptz);
CREATE TABLE public.past_games (gid text NOT NULL, created_at timestamptz NOT NULL)
  PARTITION BY RANGE (created_at);
CREATE TABLE public.past_games_1 PARTITION OF public.past_games
  FOR VALUES FROM ('2090-01-01') TO ('2090-02-01');
INSERT INTO public.games SELECT 'g' || i, '2090-01-05' FROM generate_series(1, 9) i;
INSERT INTO public.past_games SELECT uuid, created_at FROM public.games)sql";
constexpr const char* kTime = "2090-01-05T00:00:00Z";

class PgDatabaseTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    cluster_ = sandbox::PostgresCluster::Start({}, {}).value().release();
    const auto admin = pg::Connection::Open({}, {cluster_->Url(), "test"}).value();
    ASSERT_TRUE(catalog::InstallJournal({}, *admin, false).ok());
    ASSERT_TRUE(admin->ExecScript({}, kTables).ok());
  }
  static void TearDownTestSuite() { delete cluster_; }  // NOLINT(cppcoreguidelines-owning-memory)

  void SetUp() override {
    options_.is_games = true;
    locker_ = pg::Connection::Open({}, {cluster_->Url(), "locker"}).value();
    source_ = catalog::LoadSource({}, *locker_, {"public", "past_games"}, "gid").value();
  }
  void Lock(const std::string& table) {
    ASSERT_TRUE(locker_->ExecScript({}, "BEGIN; LOCK TABLE " + table).ok());
  }
  void Unlock() { ASSERT_TRUE(locker_->ExecScript({}, "ROLLBACK").ok()); }
  /// What a look says of the time of a game.
  static std::vector<std::string> Hints(PgDatabase& database) {
    const auto look = database.Open({}).value()->Look(Soon(), {"g1"});
    EXPECT_TRUE(look.ok()) << look.status().ToString();
    return look.ok() ? look->times.front() : std::vector<std::string>();
  }
  static OpContext Soon() { return OpContext().WithDeadline(seconds(4)); }

  static sandbox::PostgresCluster* cluster_;
  pg::Pool pool_{{cluster_->Url(), "reader"}, 2};
  catalog::SourceTable source_;
  PgDatabaseOptions options_;
  std::unique_ptr<pg::Connection> locker_;
};

sandbox::PostgresCluster* PgDatabaseTest::cluster_ = nullptr;

TEST_F(PgDatabaseTest, ALockOnGamesLeavesTimeToFindTheRow) {
  store::MemoryObjectStore store;
  SourceReaderOptions options;
  options.is_games = true;
  // The second is looked for together with its row.
  for (const auto& likely : {std::optional<std::string>(), std::optional<std::string>(kTime)}) {
    SourceReader reader({.pool = pool_, .store = store}, source_, options);
    ASSERT_EQ(reader.Get(Soon(), "g1", std::nullopt)->tier, Tier::kDatabase);
    Lock("public.games");
    const Answer answer = *reader.GetLikely(Soon(), "g2", likely);
    EXPECT_EQ(answer.tier, Tier::kDatabase) << answer.why;
    EXPECT_EQ(reader.GetLikely(Soon(), "none", likely)->availability, Availability::kAbsent);
    Unlock();
  }
}

TEST_F(PgDatabaseTest, HintsAreDoneWithoutForAMomentAfterGamesKeptALookWaiting) {
  options_.hints.open_for = std::chrono::hours(1);
  PgDatabase database(pool_, source_, options_);
  EXPECT_EQ(Hints(database).size(), 1U);
  Lock("public.games");
  EXPECT_EQ(Hints(database).size(), 0U);
  Unlock();
  EXPECT_EQ(Hints(database).size(), 0U) << "games was asked again";
  EXPECT_EQ(database.breaker_state(), State::kClosed);
}

TEST_F(PgDatabaseTest, HintsComeBack) {
  options_.hints.open_for = milliseconds(1);
  PgDatabase database(pool_, source_, options_);
  Lock("public.games");
  EXPECT_EQ(Hints(database).size(), 0U);
  Unlock();
  const OpContext limit = OpContext().WithDeadline(seconds(60));
  while (Hints(database).empty()) ASSERT_TRUE(limit.SleepFor(milliseconds(1)).ok());
}

TEST_F(PgDatabaseTest, ALookThatHangsOpensTheBreakerThoughSessionsCanBeHad) {
  options_.deadline = milliseconds(200);
  options_.breaker.open_for = std::chrono::hours(1);
  PgDatabase database(pool_, source_, options_);
  Hints(database);
  Lock("pgattic.archive");
  for (int i = 0; i < options_.breaker.failures_to_open; ++i) {
    EXPECT_FALSE(database.Open({}).value()->Look({}, {"g1"}).ok()) << i;
  }
  EXPECT_EQ(database.breaker_state(), State::kOpen);
}

TEST_F(PgDatabaseTest, ASessionThatCanBeHadClosesNoBreaker) {
  options_.deadline = milliseconds(200);
  options_.breaker = {.failures_to_open = 1, .open_for = milliseconds(1)};
  std::vector<State> states;
  PgDatabase database(pool_, source_, options_, [&](State state) { states.push_back(state); });
  Lock("pgattic.archive");
  EXPECT_FALSE(database.Open({}).value()->Look({}, {"g1"}).ok());
  const OpContext limit = OpContext().WithDeadline(seconds(60));
  while (database.breaker_state() != State::kHalfOpen) {
    ASSERT_TRUE(limit.SleepFor(milliseconds(1)).ok());
  }
  const auto session = database.Open({}).value();
  EXPECT_EQ(database.breaker_state(), State::kHalfOpen);
  Unlock();
  EXPECT_TRUE(session->Look({}, {"g1"}).ok());
  EXPECT_EQ(states, (std::vector{State::kOpen, State::kHalfOpen, State::kClosed}));
}

}  // namespace
}  // namespace pgattic::lookup
