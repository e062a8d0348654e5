// The C++ API over a real archive: every game, every way to be out of the ordinary.
#include <atomic>
#include <filesystem>
#include <map>
#include <thread>

#include "library/game_store.h"
#include "tests/e2e/game_archive.h"

namespace pgattic::test {
namespace {

class Library : public GameArchive {
 protected:
  void SetUp() override {
    GameArchive::SetUp();
    LoadMonths({1, 2}, 200);
  }
  /// Archives the months; the rows are in no partition any more.
  void Archive() {
    ASSERT_EQ(Pgattic({"init"}).code, 0);
    const Ran ran = Pgattic({"archive"});
    ASSERT_EQ(ran.code, 0) << ran.out << ran.err;
    ASSERT_EQ(One("SELECT count(*) FROM public.past_games"), "0");
  }
  std::unique_ptr<GameStore> Store() {
    auto store = GameStore::Open({.config_file = config(), .settings = {}});
    EXPECT_TRUE(store.ok()) << store.error().ToString();
    return store.ok() ? std::move(*store) : nullptr;
  }
  /// A row of past_games as it was before it was archived, by id; the first of duplicates.
  void KeepRows() {
    Sql("CREATE TABLE public.kept AS SELECT DISTINCT ON (gid) gid, game_request::text, "
        "game_document::text, stats::text, quickdata::text, tournament_data::text FROM "
        "public.past_games ORDER BY gid, created_at, ctid");
  }
  std::vector<std::string> Ids(const std::string& where) {
    return Sql("SELECT DISTINCT uuid FROM public.games g WHERE " + where);
  }
};

std::string TextOf(const JsonColumn& column) {
  return column.state == JsonColumn::State::kValue  ? std::string(column.text)
         : column.state == JsonColumn::State::kNull ? "NULL"
                                                    : "missing";
}

/// The columns of public.kept, in their order.
std::string AllOf(const Game& game) {
  return TextOf(game.Request()) + "\n" + TextOf(game.Document()) + "\n" + TextOf(game.Stats()) +
         "\n" + TextOf(game.Quickdata()) + "\n" + TextOf(game.TournamentData());
}

TEST_F(Library, EveryArchivedColumnIsVerbatim) {
  KeepRows();
  Archive();
  const std::vector<std::string> ids = Sql("SELECT gid FROM public.kept ORDER BY gid");
  const std::vector<std::string> rows =
      Sql("SELECT concat_ws(E'\\n', game_request, game_document, stats, quickdata, "
          "coalesce(tournament_data, 'NULL')) FROM public.kept ORDER BY gid");
  ASSERT_GT(ids.size(), 350U);
  const auto games = Store()->GetMultiple(ids);
  ASSERT_TRUE(games.ok()) << games.error().ToString();
  std::size_t orphans = 0;
  std::size_t camel = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Game& game = (*games)[i];
    ASSERT_EQ(game.availability, Availability::kAvailable) << ids[i] << ": " << game.why;
    // What was copied but never marked lies in `games` in full, and is served from there.
    if (game.place == Place::kGames) continue;
    EXPECT_EQ(game.place, Place::kArchive);
    EXPECT_EQ(AllOf(game), rows[i]) << ids[i];
    if (!game.info) ++orphans;
    ASSERT_TRUE(game.request);
    camel += game.Request().text.find("initialTimeSeconds") != std::string_view::npos ? 1U : 0U;
    EXPECT_EQ(game.request->initial_time_seconds > 0, game.Request().text != "{}");
  }
  EXPECT_GE(orphans, 2U);
  EXPECT_GT(camel, 0U);
  EXPECT_LT(camel, ids.size());
}

TEST_F(Library, ClearedRowsHaveTheirPlayers) {
  Archive();
  const auto store = Store();
  const std::vector<std::string> cleared =
      Ids("migration_status = 3 AND player0_id IS NULL AND stats IS NULL LIMIT 50");
  ASSERT_FALSE(cleared.empty());
  for (const std::string& id : cleared) {
    const auto game = store->Get(id);
    ASSERT_TRUE(game.ok()) << game.error().ToString();
    EXPECT_EQ(game->info->migration_status, MigrationStatus::kArchived);
    ASSERT_EQ(game->players.size(), 2U);
    EXPECT_EQ(store->Get(id)->place, Place::kCache);
    EXPECT_EQ(std::to_string(game->players[1].player_id),
              One("SELECT player_id FROM public.game_players WHERE game_uuid = '" + id +
                  "' AND player_index = 1"));
  }
}

TEST_F(Library, GamesThatNeverMovedAreServedBesidesTheArchive) {
  Archive();
  const auto store = Store();
  const std::vector<std::string> live =
      Ids("coalesce(migration_status, 0) = 0 AND stats IS NOT NULL");
  ASSERT_GT(live.size(), 4U);
  for (const std::string& id : live) {
    const auto game = store->Get(id);
    ASSERT_TRUE(game.ok()) << game.error().ToString();
    EXPECT_EQ(game->place, Place::kGames);
    EXPECT_EQ(TextOf(game->Stats()),
              One("SELECT stats::text FROM public.games WHERE uuid = '" + id + "'"));
  }
  const std::string annotated = One("SELECT uuid FROM public.games WHERE type = 1");
  const auto game = store->Get(annotated);
  ASSERT_TRUE(game.ok());
  EXPECT_EQ(
      TextOf(game->Document()),
      One("SELECT document::text FROM public.game_documents WHERE game_id = '" + annotated + "'"));
  EXPECT_EQ(game->Type(), 1);
  EXPECT_EQ(game->EndReason(), std::nullopt);
}

TEST_F(Library, AnyStatusFindsTheRow) {
  Archive();
  const std::string id =
      One("SELECT uuid FROM public.games WHERE migration_status = 3 AND stats IS NULL");
  for (const char* status : {"NULL", "0", "1", "2", "3", "4", "-7"}) {
    Sql("UPDATE public.games SET migration_status = " + std::string(status) + " WHERE uuid = '" +
        id + "'");
    const auto game = Store()->Get(id);  // Nothing is cached yet.
    ASSERT_TRUE(game.ok()) << status << ": " << game.error().ToString();
    EXPECT_EQ(game->place, Place::kArchive) << status;
  }
  const auto store = Store();
  Sql("DELETE FROM public.games WHERE uuid = '" + id + "'");
  const auto orphan = store->Get(id);
  ASSERT_TRUE(orphan.ok()) << orphan.error().ToString();
  EXPECT_FALSE(orphan->info);
  EXPECT_TRUE(orphan->CreatedAt());
  EXPECT_EQ(store->Get("nobody").code(), Code::kNotFound);
}

TEST_F(Library, JsonNullIsNotNull) {
  const std::string id =
      One("SELECT gid FROM public.past_games WHERE game_end_reason = 2 AND "
          "tournament_data IS NULL AND gid IN (SELECT uuid FROM public.games "
          "WHERE migration_status = 2)");
  Sql("UPDATE public.past_games SET game_document = 'null', stats = 'null', game_request = 'null' "
      "WHERE gid = '" +
      id + "'");
  const auto check = [&](Place place) {
    const auto game = Store()->Get(id);
    ASSERT_TRUE(game.ok()) << game.error().ToString();
    EXPECT_EQ(game->place, place);
    EXPECT_EQ(TextOf(game->Document()), "null");
    EXPECT_EQ(TextOf(game->Stats()), "null");
    EXPECT_EQ(TextOf(game->TournamentData()), "NULL");
    EXPECT_EQ(TextOf(game->Column("league_id")), "missing");
    EXPECT_FALSE(game->request);
  };
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  check(Place::kDatabase);
  ConfigureSource(
      "[[source]]\ntable = \"public.past_games\"\nid_column = \"gid\"\n"
      "profile = \"games\"\ngrace = \"0\"\nallow_changes = true\n");
  Archive();
  check(Place::kArchive);
}

TEST_F(Library, AnArchiveThatIsGoneGivesBasicInfo) {
  Archive();
  const auto store = Store();
  const std::string id =
      One("SELECT uuid FROM public.games WHERE migration_status = 3 AND stats IS NULL");
  std::filesystem::rename(archive_folder() + "/partitions", folder() + "/away");
  const auto game = store->GetWithFallback(id);
  ASSERT_TRUE(game.ok()) << game.error().ToString();
  EXPECT_EQ(game->availability, Availability::kTemporarilyUnavailable);
  EXPECT_NE(game->why, "");
  ASSERT_TRUE(game->info);
  EXPECT_EQ(game->info->migration_status, MigrationStatus::kArchived);
  EXPECT_EQ(game->players.size(), 2U);
  EXPECT_EQ(store->Get(id).code(), Code::kUnavailable);
  std::vector<HealthCheckResult> health = store->HealthCheck();
  ASSERT_EQ(health.size(), 2U);
  EXPECT_TRUE(health[0].ok) << health[0].message;
  EXPECT_FALSE(health[1].ok) << health[1].message;
  std::filesystem::rename(folder() + "/away", archive_folder() + "/partitions");
  EXPECT_TRUE(store->Get(id).ok());
  EXPECT_TRUE(store->HealthCheck()[1].ok);
}

TEST_F(Library, AStoreThatIsDownGivesBasicInfo) {
  UseS3();
  Archive();
  const std::string id =
      One("SELECT uuid FROM public.games WHERE migration_status = 3 AND stats IS NULL");
  ASSERT_EQ(Store()->Get(id)->place, Place::kArchive);
  const auto store = GameStore::Open(
      {.config_file = config(), .settings = {{"s3.endpoint", "http://127.0.0.1:1"}}});
  ASSERT_TRUE(store.ok()) << store.error().ToString();
  const CallOptions call{.time_limit = std::chrono::seconds(2)};
  const auto game = (*store)->GetWithFallback(id, call);
  ASSERT_TRUE(game.ok()) << game.error().ToString();
  EXPECT_EQ(game->availability, Availability::kTemporarilyUnavailable);
  ASSERT_TRUE(game->info);
  EXPECT_EQ(game->info->migration_status, MigrationStatus::kArchived);
  EXPECT_EQ(game->players.size(), 2U);
  EXPECT_EQ((*store)->Get(id, call).code(), Code::kUnavailable);
  const auto games = (*store)->GetMultiple({id, "nobody"}, call);
  ASSERT_TRUE(games.ok());
  for (const Game& each : *games) {
    EXPECT_EQ(each.availability, Availability::kTemporarilyUnavailable) << each.id;
  }
}

TEST_F(Library, ABatchOfAThousandIsPartial) {
  Archive();
  std::vector<std::string> ids = Sql("SELECT DISTINCT uuid FROM public.games ORDER BY uuid");
  const std::size_t known = ids.size();
  while (ids.size() < 1000) ids.push_back("nobody" + std::to_string(ids.size()));
  const auto store = Store();
  const auto games = store->GetMultiple(ids);
  ASSERT_TRUE(games.ok()) << games.error().ToString();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ((*games)[i].id, ids[i]);
    EXPECT_EQ((*games)[i].availability,
              i < known ? Availability::kAvailable : Availability::kAbsent)
        << ids[i];
  }
  // One archive is gone: its games alone are unavailable, with their basic info.
  std::filesystem::rename(archive_folder() + "/partitions/year=2024/month=01",
                          folder() + "/january");
  const auto partial = Store()->GetMultiple(ids);
  ASSERT_TRUE(partial.ok());
  std::map<Availability, int> counts;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Game& game = (*partial)[i];
    // A filter that is gone cannot tell that an id was never there.
    EXPECT_EQ(game.info.has_value(), i < known) << game.id;
    EXPECT_NE(game.availability, i < known ? Availability::kAbsent : Availability::kAvailable);
    counts[game.availability] += i < known ? 1 : 0;
    if (game.place == Place::kArchive) {
      EXPECT_GE(game.CreatedAt()->time_since_epoch().count(), 1706745600000000);  // February
    }
  }
  EXPECT_GT(counts[Availability::kTemporarilyUnavailable], 100);
  EXPECT_GT(counts[Availability::kAvailable], 150);
  ids.push_back("one more");
  EXPECT_EQ(store->GetMultiple(ids).code(), Code::kInvalidArgument);
}

TEST_F(Library, OneStoreServesManyThreads) {
  Archive();
  const auto store = Store();
  const std::vector<std::string> ids = Ids("uuid IS NOT NULL LIMIT 60");
  std::atomic<int> missed = 0;
  std::vector<std::jthread> threads;
  for (std::size_t t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto game = store->Get(ids[(i + t * 7) % ids.size()]);
        if (!game.ok() || game->id != ids[(i + t * 7) % ids.size()]) ++missed;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(missed, 0);
}

TEST_F(Library, WithoutPostgresNothingIsAbsent) {
  ASSERT_EQ(Pgattic({"init"}).code, 0);
  auto store = GameStore::Open(
      {.config_file = config(), .settings = {{"database.url", "host=/nowhere dbname=none"}}});
  ASSERT_TRUE(store.ok()) << store.error().ToString();
  const auto game = (*store)->GetWithFallback("n6TSTc99");
  ASSERT_TRUE(game.ok());
  EXPECT_EQ(game->availability, Availability::kTemporarilyUnavailable);
  EXPECT_FALSE(game->info);
  EXPECT_EQ((*store)->Get("n6TSTc99").code(), Code::kUnavailable);
  EXPECT_FALSE((*store)->HealthCheck()[0].ok);
}

TEST_F(Library, WhatIsWrongInTheConfigurationIsNamed) {
  const auto none = GameStore::Open({.config_file = "", .settings = {}});
  EXPECT_EQ(none.code(), Code::kInvalidArgument);
  EXPECT_NE(none.error().message.find("profile"), std::string::npos);
  const auto values = GameStore::Open({.config_file = "",
                                       .settings = {{"database.url", url()},
                                                    {"archive.url", "file://" + archive_folder()},
                                                    {"source.table", "public.past_games"},
                                                    {"source.id_column", "gid"},
                                                    {"source.profile", "games"}}});
  ASSERT_TRUE(values.ok()) << values.error().ToString();
  const auto typo = GameStore::Open({.config_file = config(), .settings = {{"databse.url", "x"}}});
  EXPECT_NE(typo.error().message.find("database.url"), std::string::npos);
}

}  // namespace
}  // namespace pgattic::test
