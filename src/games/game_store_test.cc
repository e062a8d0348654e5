// Where a game is looked for, and what is said when a place does not answer.
#include "games/game_store.h"

#include "games/fake_readers_fixture.h"

namespace pgattic::games {
namespace {

constexpr const char* kPast = R"({"gid": "g", "stats": {"i1": 1}, "game_request": {}})";
constexpr const char* kLive = R"({"uuid": "g", "stats": {"i1": 2}, "game_request": {}})";

TEST_F(GameStoreTest, StatusZeroAndNullReadGamesFirst) {
  for (const std::optional<std::int64_t> status : {std::optional<std::int64_t>(0), {}}) {
    info_.Add("g", status, kLive);
    rows_.Put("g", kPast);
    const Game game = Fallback("g");
    EXPECT_EQ(game.place, Place::kGames);
    EXPECT_EQ(game.row.text(), kLive);
    EXPECT_EQ(rows_.asked["g"], 0);
    EXPECT_EQ(game.info->migration_status, MigrationStatus::kNotMigrated);
    EXPECT_EQ(game.info->migration_status_number, status);
  }
}

TEST_F(GameStoreTest, EveryOtherStatusReadsRowsFirst) {
  for (const std::int64_t status : {1, 2, 3, 4, -1, 32767}) {
    info_.Add("g", status, kLive);
    rows_.Put("g", kPast);
    const Game game = Fallback("g");
    EXPECT_EQ(game.place, Place::kArchive) << status;
    EXPECT_EQ(game.row.text(), kPast);
    EXPECT_EQ(game.info->migration_status_number, status);
    EXPECT_EQ(game.info->migration_status == MigrationStatus::kUnknown, status > 3 || status < 0);
  }
}

TEST_F(GameStoreTest, NoStatusNamesTheOnlyPlace) {
  info_.Add("cleared", 0);
  rows_.Put("cleared", kPast);
  EXPECT_EQ(Fallback("cleared").place, Place::kArchive);
  for (const std::int64_t status : {1, 2, 3, 9}) {
    info_.Add("kept", status, kLive);
    EXPECT_EQ(Fallback("kept").place, Place::kGames) << status;
  }
}

TEST_F(GameStoreTest, DataInGamesServeWhenTheOtherPlacesAreDown) {
  info_.Add("g", 3, kLive);
  rows_.down = true;
  const Game game = Fallback("g");
  EXPECT_EQ(game.availability, Availability::kAvailable);
  EXPECT_EQ(game.row.text(), kLive);
  EXPECT_EQ(game.why, "");
}

TEST_F(GameStoreTest, OrphansHaveNoInfo) {
  rows_.Put("o", R"({"gid": "o", "created_at": "2024-01-15T10:30:00.5Z", "game_end_reason": 7, )"
                 R"("winner_idx": null, "type": 0})");
  const Game game = Fallback("o");
  EXPECT_EQ(game.availability, Availability::kAvailable);
  EXPECT_FALSE(game.info);
  EXPECT_TRUE(game.players.empty());
  EXPECT_EQ(game.EndReason(), 7);
  EXPECT_EQ(game.WinnerIndex(), std::nullopt);
  EXPECT_EQ(game.CreatedAt()->time_since_epoch().count(), 1705314600500000);
}

TEST_F(GameStoreTest, GamesIsTheAuthorityOnTheOutcome) {
  info_.Add("g", 3).winner_index = 1;
  rows_.Put("g", R"({"winner_idx": 0, "game_end_reason": 2})");
  const Game game = Fallback("g");
  EXPECT_EQ(game.WinnerIndex(), 1);
  EXPECT_EQ(game.EndReason(), 2);
}

TEST_F(GameStoreTest, AbsentIsSaidOnlyWhenEveryPlaceAnswered) {
  EXPECT_EQ(Fallback("g").availability, Availability::kAbsent);
  EXPECT_EQ(store_.Get(ctx_, "g").code(), Code::kNotFound);
  info_.down = true;  // The game may lie in `games` alone.
  const Game game = Fallback("g");
  EXPECT_EQ(game.availability, Availability::kTemporarilyUnavailable);
  EXPECT_NE(game.why.find("PostgreSQL is down"), std::string::npos);
  EXPECT_EQ(store_.Get(ctx_, "g").code(), Code::kUnavailable);
}

TEST_F(GameStoreTest, AGameWhoseDataCannotBeReadIsNotAbsent) {
  for (const std::int64_t status : {0, 1, 3}) {
    info_.Add("g", status, kLive);
    info_.data_down = true;
    const Game game = Fallback("g");
    EXPECT_EQ(game.availability, Availability::kTemporarilyUnavailable) << status;
    EXPECT_TRUE(game.info);
  }
  rows_.Put("g", kPast);
  for (const std::int64_t status : {0, 1, 3}) {
    info_.Add("g", status, kLive);
    EXPECT_EQ(Fallback("g").place, Place::kArchive) << status;
  }
}

TEST_F(GameStoreTest, EveryTierDownGivesBasicInfo) {
  GameInfo& info = info_.Add("g", 3);
  info.created_at = Instant(std::chrono::microseconds(5));
  info.request_json = R"({"lexicon":"NWL23","ratingMode":"CASUAL"})";
  info_.players["g"] = {{7, 0, 400, true, {}, {}, {}}, {8, 1, 300, false, {}, {}, {}}};
  rows_.down = true;
  const Game game = Fallback("g");
  EXPECT_EQ(game.availability, Availability::kTemporarilyUnavailable);
  EXPECT_EQ(NameOf(game.availability), "temporarily_unavailable");
  EXPECT_EQ(game.why, "the store is down");
  EXPECT_EQ(game.CreatedAt(), info.created_at);
  EXPECT_EQ(game.request->rating_mode, RatingMode::kCasual);
  ASSERT_EQ(game.players.size(), 2U);
  EXPECT_EQ(game.players[1].player_id, 8);
  const Result<Game> strict = store_.Get(ctx_, "g");
  EXPECT_EQ(strict.code(), Code::kUnavailable);
}

TEST_F(GameStoreTest, ASlowArchiveLeavesTimeForTheRest) {
  ManualClock clock{WallTime()};
  const OpContext ctx =
      OpContext(clock, std::stop_token()).WithDeadline(std::chrono::milliseconds(1000));
  rows_.hangs = true;
  info_.Add("moved", 3);
  info_.players["moved"] = {{7, 0, 400, true, {}, {}, {}}};
  info_.Add("kept", 1, kLive);
  const Result<Game> kept = store_.GetWithFallback(ctx, "kept");
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(kept->availability, Availability::kAvailable);
  EXPECT_EQ(kept->row.text(), kLive);
  const Result<Game> moved = store_.GetWithFallback(ctx, "moved");
  ASSERT_TRUE(moved.ok()) << moved.error().ToString();
  EXPECT_EQ(moved->availability, Availability::kTemporarilyUnavailable);
  EXPECT_EQ(moved->players.size(), 1U);
  EXPECT_TRUE(moved->info);
}

TEST_F(GameStoreTest, WithEverythingDownItIsStillNotAbsent) {
  rows_.down = true;
  info_.down = true;
  const Game game = Fallback("g");
  EXPECT_EQ(game.availability, Availability::kTemporarilyUnavailable);
  EXPECT_FALSE(game.info);
  EXPECT_NE(game.info_why, "");
}

TEST_F(GameStoreTest, ARowIsServedWithoutPostgres) {
  rows_.Put("g", kPast, lookup::Tier::kCache);
  info_.down = true;
  const Game game = Fallback("g");
  EXPECT_EQ(game.availability, Availability::kAvailable);
  EXPECT_EQ(game.place, Place::kCache);
  EXPECT_EQ(game.info_why, "PostgreSQL is down");
}

TEST_F(GameStoreTest, ErasedIsNeverServedFromGames) {
  info_.Add("g", 3, kLive);
  rows_.Say("g", lookup::Availability::kErased);
  EXPECT_EQ(Fallback("g").availability, Availability::kErased);
  const Result<Game> strict = store_.Get(ctx_, "g");
  EXPECT_EQ(strict.code(), Code::kNotFound);
  EXPECT_EQ(strict.error().origin.code, "erased");
}

TEST_F(GameStoreTest, AGameThatMovesWhileItIsLookedForIsFound) {
  info_.Add("g", 0, kLive);
  const auto move = [&] {
    info_.data.clear();
    rows_.Put("g", kPast, lookup::Tier::kDatabase);
  };
  info_.on_data = move;  // Between the look at its status and the read of its data.
  EXPECT_EQ(Fallback("g").place, Place::kDatabase);
  rows_.answers.clear();
  info_.Add("g", 1, kLive);  // Between the look into past_games and the read of `games`.
  EXPECT_EQ(Fallback("g").place, Place::kDatabase);
  EXPECT_EQ(rows_.asked["g"], 3);
}

TEST_F(GameStoreTest, AStatusWithoutARowSaysWhatIsMissing) {
  info_.Add("g", 3);
  const Game game = Fallback("g");
  EXPECT_EQ(game.availability, Availability::kAbsent);
  EXPECT_TRUE(game.info);
  EXPECT_NE(game.why.find("status archived"), std::string::npos);
}

TEST_F(GameStoreTest, PlayersOfGamesStandInForGamePlayers) {
  info_.Add("g", 0, kLive);
  info_.entries["g"].player_ids = {11, 12};
  EXPECT_EQ(Fallback("g").players.at(1).player_id, 12);
  info_.players_down = true;
  const Game game = Fallback("g");
  EXPECT_EQ(game.players.size(), 2U);
  EXPECT_NE(game.info_why, "");
}

TEST_F(GameStoreTest, ARowThatIsNoJsonIsUnavailable) {
  rows_.Put("g", R"({"gid": "g", "stats": {)");
  const Game game = Fallback("g");
  EXPECT_EQ(game.availability, Availability::kTemporarilyUnavailable);
  EXPECT_NE(game.why.find("not a JSON object"), std::string::npos);
}

TEST_F(GameStoreTest, ImpossibleIdsAreAbsentWithoutARequest) {
  info_.down = rows_.down = true;
  const std::vector<std::string> ids = {"",         std::string("a\0b", 3), "\xff",
                                        "\xc0\xaf", "\xed\xa0\x80",         "\xf4\x90\x80\x80",
                                        "\xe2\x82", std::string(2049, 'a')};
  const auto games = store_.GetMultiple(ctx_, ids);
  ASSERT_TRUE(games.ok());
  for (const Game& game : *games) EXPECT_EQ(game.availability, Availability::kAbsent);
  EXPECT_EQ(info_.queries, 0);
  EXPECT_EQ(Fallback("gr\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80").availability,
            Availability::kTemporarilyUnavailable);
}

TEST_F(GameStoreTest, ALongIdIsLookedFor) {
  const std::string id(2048, 'a');
  EXPECT_EQ(Fallback(id).availability, Availability::kAbsent);
  EXPECT_EQ(rows_.asked[id], 1);
  rows_.Put(id, kPast);
  EXPECT_EQ(Fallback(id).availability, Availability::kAvailable);
}

TEST_F(GameStoreTest, ABatchAnswersEachIdByItself) {
  std::vector<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    ids.push_back("g" + std::to_string(i));
    if (i % 5 == 0) rows_.Put(ids.back(), kPast);
    if (i % 5 == 1) rows_.Say(ids.back(), lookup::Availability::kErased);
    if (i % 5 == 2) rows_.Say(ids.back(), lookup::Availability::kTemporarilyUnavailable);
    if (i % 5 == 3) info_.Add(ids.back(), 0, kLive);
  }
  const auto games = store_.GetMultiple(ctx_, ids);
  ASSERT_TRUE(games.ok());
  constexpr Availability kExpected[] = {Availability::kAvailable, Availability::kErased,
                                        Availability::kTemporarilyUnavailable,
                                        Availability::kAvailable, Availability::kAbsent};
  for (std::size_t i = 0; i < ids.size(); ++i) {
    ASSERT_EQ((*games)[i].id, ids[i]);
    EXPECT_EQ((*games)[i].availability, kExpected[i % 5]) << i;
    EXPECT_EQ((*games)[i].place == Place::kGames, i % 5 == 3);
  }
  EXPECT_EQ(info_.queries, 1);
  EXPECT_EQ(rows_.batches, 1);
  ids.push_back("one more");
  EXPECT_EQ(store_.GetMultiple(ctx_, ids).code(), Code::kInvalidArgument);
}

TEST_F(GameStoreTest, ABatchMayRepeatIds) {
  rows_.Put("g", kPast);
  const auto games = store_.GetMultiple(ctx_, {"g", "x", "g"});
  ASSERT_TRUE(games.ok());
  EXPECT_EQ((*games)[0].row.text(), kPast);
  EXPECT_EQ((*games)[1].availability, Availability::kAbsent);
  EXPECT_EQ((*games)[2].row.text(), kPast);
  EXPECT_EQ(rows_.asked["g"], 1);
}

TEST_F(GameStoreTest, ErrorsOfTheCallEndItAndThoseOfAPlaceDoNot) {
  for (const Code code : {Code::kInvalidArgument, Code::kCancelled}) {
    rows_.failure = Error{code, "no", {}, {}};
    EXPECT_EQ(store_.GetWithFallback(ctx_, "g").code(), code);
    EXPECT_EQ(store_.GetMultiple(ctx_, {"g", "h"}).code(), code);
  }
  for (const Code code : {Code::kUnavailable, Code::kDeadlineExceeded, Code::kInternal}) {
    rows_.failure = Error{code, "no", {}, {}};
    EXPECT_EQ(Fallback("g").availability, Availability::kTemporarilyUnavailable);
    const auto games = store_.GetMultiple(ctx_, {"g", "h"});
    ASSERT_TRUE(games.ok());
    EXPECT_EQ((*games)[1].availability, Availability::kTemporarilyUnavailable);
    EXPECT_EQ((*games)[1].why, "no");
  }
}

TEST_F(GameStoreTest, HealthRemembersWhatIsArchived) {
  EXPECT_TRUE(store_.HealthCheck(ctx_).ok());
  info_.sample = "g";
  rows_.Put("g", kPast);
  EXPECT_TRUE(store_.HealthCheck(ctx_).ok());
  info_.down = true;
  Health health = store_.HealthCheck(ctx_);
  ASSERT_EQ(health.checks.size(), 2U);
  EXPECT_FALSE(health.checks[0].ok);
  EXPECT_TRUE(health.checks[1].ok) << health.checks[1].message;
  EXPECT_FALSE(health.ok());
  rows_.answers.clear();
  health = store_.HealthCheck(ctx_);
  EXPECT_FALSE(health.checks[1].ok);
  EXPECT_NE(health.checks[1].message.find("pgattic verify"), std::string::npos);
}

}  // namespace
}  // namespace pgattic::games
