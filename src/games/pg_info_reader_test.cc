// Basic info out of a real server that holds generated games.
#include "games/pg_info_reader.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "games/fake_readers_fixture.h"
#include "sandbox/connection_target.h"
#include "sandbox/game_generator.h"
#include "sandbox/game_schema.h"
#include "sandbox/postgres_cluster.h"

namespace pgattic::games {
namespace {

constexpr std::int64_t kRows = 120;

class PgInfoReaderTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto started = sandbox::PostgresCluster::Start(OpContext(), {});
    ASSERT_TRUE(started.ok()) << started.error().ToString();
    cluster_ = std::move(*started).release();
    const OpContext ctx;
    sandbox::GameSchemaOptions schema;
    schema.months.push_back({2024, 1});
    auto admin = pg::Connection::Open(ctx, {cluster_->Url(), "test"});
    ASSERT_TRUE(admin.ok());
    ASSERT_TRUE((*admin)->ExecScript(ctx, *sandbox::GameSchemaSql(schema)).ok());
    sandbox::GameOptions options;
    options.rows_per_month = kRows;
    const sandbox::GameGenerator generator(options);
    sandbox::ConnectionTarget target(ctx, **admin);
    ASSERT_TRUE(generator.WriteUsers(target).ok());
    ASSERT_TRUE(generator.WriteMonth(sandbox::UtcMonth({2024, 1}), target).ok());
  }
  static void TearDownTestSuite() { delete cluster_; }  // NOLINT(cppcoreguidelines-owning-memory)

  void SetUp() override {
    ASSERT_TRUE(cluster_->running() || cluster_->Restart(ctx_).ok());
    auto connection = pg::Connection::Open(ctx_, {cluster_->Url(), "test"});
    ASSERT_TRUE(connection.ok());
    connection_ = std::move(*connection);
  }

  static PgInfoOptions Options() {
    PgInfoOptions options;
    options.source = {"public", "past_games"};
    return options;
  }
  /// One column of all rows.
  std::vector<std::string> Sql(const std::string& sql) {
    const auto rows = connection_->Exec(ctx_, sql);
    EXPECT_TRUE(rows.ok()) << rows.error().ToString();
    std::vector<std::string> texts;
    for (int i = 0; rows.ok() && i < rows->rows(); ++i) texts.push_back(rows->Text(i, 0));
    return texts;
  }
  GameEntry EntryOf(const std::string& id) {
    auto games = reader_.Games(ctx_, {id});
    EXPECT_TRUE(games.ok() && games->contains(id));
    return games.ok() ? (*games)[id] : GameEntry();
  }

  static sandbox::PostgresCluster* cluster_;
  OpContext ctx_;
  std::unique_ptr<pg::Connection> connection_;
  pg::Pool pool_{{cluster_->Url("postgres", "woogles"), "test"}, 4};
  PgInfoReader reader_{pool_, Options()};
};
sandbox::PostgresCluster* PgInfoReaderTest::cluster_ = nullptr;

std::string TextOf(const std::optional<std::int64_t>& number) {
  return number ? std::to_string(*number) : "NULL";
}

TEST_F(PgInfoReaderTest, EveryRowOfGamesIsToldAsItIs) {
  const std::vector<std::string> ids = Sql("SELECT uuid FROM public.games");
  const auto games = reader_.Games(ctx_, ids);
  ASSERT_TRUE(games.ok()) << games.error().ToString();
  ASSERT_EQ(games->size(), ids.size());
  const auto rows = connection_->Exec(
      ctx_,
      "SELECT uuid, concat_ws('|', id, coalesce((extract(epoch FROM created_at) * "
      "1000000)::bigint::text, 'NULL'), coalesce(migration_status::text, 'NULL'), "
      "coalesce(game_end_reason::text, 'NULL'), coalesce(winner_idx::text, 'NULL'), "
      "coalesce(type::text, 'NULL'), coalesce(player0_id::text, 'NULL'), game_request::text, "
      "stats IS NOT NULL) FROM public.games");
  ASSERT_TRUE(rows.ok());
  for (int i = 0; i < rows->rows(); ++i) {
    const GameEntry& entry = games->at(rows->Text(i, 0));
    const GameInfo& info = entry.info;
    std::string told = std::to_string(info.row_id) + "|";
    told += info.created_at ? std::to_string(info.created_at->time_since_epoch().count()) : "NULL";
    told += "|" + TextOf(info.migration_status_number) + "|" + TextOf(info.end_reason) + "|" +
            TextOf(info.winner_index) + "|" + TextOf(info.type) + "|" +
            TextOf(entry.player_ids[0]) + "|" + info.request_json;
    EXPECT_EQ(told + (info.holds_data ? "|t" : "|f"), rows->Text(i, 1));
  }
  EXPECT_TRUE(reader_.Games(ctx_, {"nobody", "'; DROP TABLE x", "\"{,}\\"})->empty());
}

TEST_F(PgInfoReaderTest, PlayersAreInOrderOfTurnsAndComplete) {
  const std::vector<std::string> ids = Sql("SELECT DISTINCT game_uuid FROM public.game_players");
  const auto players = reader_.Players(ctx_, ids);
  ASSERT_TRUE(players.ok()) << players.error().ToString();
  std::size_t rated = 0;
  for (const std::string& id : ids) {
    const std::vector<GamePlayer>& both = players->at(id);
    ASSERT_EQ(both.size(), 2U);
    EXPECT_EQ(both[0].index, 0);
    EXPECT_EQ(both[1].index, 1);
    EXPECT_EQ(Sql("SELECT player_id || ':' || score || ':' || coalesce(won::text, 'NULL') || ':' "
                  "|| coalesce(rating_delta::text, 'NULL') FROM public.game_players WHERE "
                  "game_uuid = '" +
                  id + "' AND player_index = 1")
                  .at(0),
              std::to_string(both[1].player_id) + ":" + TextOf(both[1].score) + ":" +
                  (both[1].won ? (*both[1].won ? "true" : "false") : "NULL") + ":" +
                  TextOf(both[1].rating_delta));
    if (both[0].rating_before) ++rated;
  }
  EXPECT_GT(rated, 0U);
  EXPECT_LT(rated, ids.size());
}

TEST_F(PgInfoReaderTest, RatingsMayBeMissing) {
  Sql("CREATE SCHEMA younger");
  Sql("CREATE TABLE younger.game_players AS SELECT game_uuid, player_id, player_index, score, won "
      "FROM public.game_players");
  Sql("GRANT USAGE ON SCHEMA younger TO woogles");
  Sql("GRANT SELECT ON younger.game_players TO woogles");
  PgInfoOptions options = Options();
  options.source.schema = "younger";
  PgInfoReader reader(pool_, options);
  const std::string id = Sql("SELECT game_uuid FROM younger.game_players LIMIT 1").at(0);
  const auto players = reader.Players(ctx_, {id});
  ASSERT_TRUE(players.ok()) << players.error().ToString();
  EXPECT_EQ(players->at(id).size(), 2U);
  EXPECT_EQ(players->at(id)[0].rating_before, std::nullopt);
  EXPECT_EQ(reader.Games(ctx_, {id}).code(), Code::kFailedPrecondition);  // No such table.
}

TEST_F(PgInfoReaderTest, BothAtOnceAreWhatEachIsAlone) {
  const std::vector<std::string> ids = Sql("SELECT uuid FROM public.games");
  const BasicInfo both = reader_.GamesAndPlayers(ctx_, ids);
  ASSERT_TRUE(both.games.ok() && both.players.ok());
  EXPECT_EQ(both.games->size(), reader_.Games(ctx_, ids)->size());
  EXPECT_EQ(both.players->size(), reader_.Players(ctx_, ids)->size());
  // Where one fails the other is told, and the session goes on.
  PgInfoOptions options = Options();
  options.source.schema = "halved";
  PgInfoReader halved(pool_, options);
  Sql("CREATE SCHEMA halved");
  Sql("CREATE TABLE halved.game_players AS SELECT * FROM public.game_players");
  Sql("GRANT USAGE ON SCHEMA halved TO woogles");
  Sql("GRANT SELECT ON halved.game_players TO woogles");
  for (int i = 0; i < 2; ++i) {
    const BasicInfo half = halved.GamesAndPlayers(ctx_, ids);
    EXPECT_EQ(half.games.code(), Code::kFailedPrecondition);
    EXPECT_EQ(half.players->size(), both.players->size());
  }
}

TEST_F(PgInfoReaderTest, DataAreVerbatimAndClearedRowsHoldNone) {
  const std::string full = Sql("SELECT uuid FROM public.games WHERE game_end_reason = 0").at(0);
  const std::string cleared = Sql("SELECT uuid FROM public.games WHERE migration_status = 2").at(0);
  const GameEntry entry = EntryOf(full);
  const auto data = reader_.Data(
      ctx_, {{full, entry.info.row_id, false}, {cleared, EntryOf(cleared).info.row_id, false}});
  ASSERT_TRUE(data.ok()) << data.error().ToString();
  ASSERT_EQ(data->size(), 1U);
  const RowText& row = data->at(entry.info.row_id);
  const std::string where = " FROM public.games WHERE uuid = '" + full + "'";
  for (const char* column : {"stats", "quickdata", "timers", "game_request", "meta_events"}) {
    EXPECT_EQ(row.Find(column), Sql("SELECT " + std::string(column) + "::text" + where).at(0));
  }
  EXPECT_EQ(row.Find("deleted_at"), "null");
  EXPECT_EQ(row.Find("game_document"), std::nullopt);
}

TEST_F(PgInfoReaderTest, AnnotatedGamesHaveTheirDocument) {
  const std::string id = Sql("SELECT uuid FROM public.games WHERE type = 1").at(0);
  const GameEntry entry = EntryOf(id);
  EXPECT_EQ(entry.info.end_reason, std::nullopt);
  const auto data = reader_.Data(ctx_, {{id, entry.info.row_id, true}});
  ASSERT_TRUE(data.ok()) << data.error().ToString();
  EXPECT_EQ(
      data->at(entry.info.row_id).Find("game_document"),
      Sql("SELECT document::text FROM public.game_documents WHERE game_id = '" + id + "'").at(0));
}

TEST_F(PgInfoReaderTest, OfSeveralRowsTheOldestIsTold) {
  Sql("INSERT INTO public.games (uuid, created_at, migration_status) VALUES "
      "('thrice', NULL, 1), ('thrice', '2024-01-05', 2), ('thrice', '2024-01-04', 77)");
  const GameInfo info = EntryOf("thrice").info;
  EXPECT_EQ(info.migration_status_number, 77);
  EXPECT_EQ(info.migration_status, MigrationStatus::kUnknown);
  EXPECT_EQ(info.duplicates, 2);
  Sql("INSERT INTO public.games (uuid, created_at) VALUES ('endless', 'infinity')");
  EXPECT_EQ(EntryOf("endless").info.created_at, std::nullopt);
}

TEST_F(PgInfoReaderTest, ARestartOfTheServerIsNotSeen) {
  const std::string id = Sql("SELECT uuid FROM public.games LIMIT 1").at(0);
  EXPECT_EQ(EntryOf(id).info.duplicates, 0);
  ASSERT_TRUE(cluster_->Restart(ctx_).ok());
  EXPECT_TRUE(reader_.Games(ctx_, {id}).ok());
  ASSERT_TRUE(cluster_->Kill(ctx_).ok());
  EXPECT_EQ(reader_.Games(ctx_, {id}).code(), Code::kUnavailable);
  ASSERT_TRUE(cluster_->Restart(ctx_).ok());
  EXPECT_TRUE(reader_.Games(ctx_, {id}).ok());
}

TEST_F(PgInfoReaderTest, ManyThreadsShareFewSessions) {
  const std::vector<std::string> ids = Sql("SELECT uuid FROM public.games LIMIT 20");
  PgInfoOptions options = Options();
  options.time_limit = std::chrono::minutes(1);
  pg::Pool pool({cluster_->Url("postgres", "woogles"), "shared"}, 2);
  PgInfoReader reader(pool, options);
  std::atomic<int> missed = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        for (const std::string& id : ids) {
          const auto games = reader.Games(ctx_, {id});
          if (!games.ok() || !games->contains(id)) ++missed;
        }
      });
    }
  }
  EXPECT_EQ(missed, 0);
  const std::string sessions =
      Sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'shared'").at(0);
  EXPECT_TRUE(sessions == "1" || sessions == "2") << sessions;
}

TEST_F(PgInfoReaderTest, AServerThatHangsCostsItsShareOnly) {
  const std::string id = Sql("SELECT uuid FROM public.games LIMIT 1").at(0);
  PgInfoOptions options = Options();
  options.time_limit = std::chrono::milliseconds(100);
  PgInfoReader reader(pool_, options);
  ASSERT_TRUE(connection_->ExecScript(ctx_, "BEGIN; LOCK TABLE public.games").ok());
  EXPECT_EQ(reader.Games(ctx_, {id}).code(), Code::kDeadlineExceeded);
  ASSERT_TRUE(connection_->ExecScript(ctx_, "ROLLBACK").ok());
  EXPECT_TRUE(reader.Games(ctx_, {id}).ok());
}

TEST_F(PgInfoReaderTest, BasicInfoIsGivenWhenEveryTierIsDown) {
  FakeRows rows;
  rows.down = true;
  GameStore store(rows, reader_);
  for (const std::string& id :
       Sql("SELECT uuid FROM public.games WHERE migration_status = 2 AND player0_id "
           "IS NULL AND game_end_reason IS NOT NULL")) {
    const Result<Game> game = store.GetWithFallback(ctx_, id);
    ASSERT_TRUE(game.ok());
    EXPECT_EQ(game->availability, Availability::kTemporarilyUnavailable);
    EXPECT_EQ(game->info->migration_status, MigrationStatus::kCleaned);
    EXPECT_EQ(game->players.size(), 2U);  // `games` was cleared: out of game_players.
    EXPECT_TRUE(game->request);
    EXPECT_EQ(store.Get(ctx_, id).code(), Code::kUnavailable);
  }
}

}  // namespace
}  // namespace pgattic::games
