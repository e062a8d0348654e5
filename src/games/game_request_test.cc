#include "games/game_request.h"

#include <gtest/gtest.h>

#include "sandbox/game_json.h"

namespace pgattic::games {
namespace {

sandbox::Game Played() {
  sandbox::Game game;
  game.terms.lexicon = "CSW21";
  game.terms.variant = "wordsmog";
  game.terms.seconds = 432000;
  game.terms.increment_seconds = 5;
  game.terms.rule = sandbox::ChallengeRule::kFivePoint;
  game.terms.is_correspondence = true;
  game.terms.is_casual = true;
  game.terms.request_id = "r1";
  game.terms.original_request_id = "r0";
  return game;
}

std::string Written(const sandbox::Game& game) {
  std::string json;
  sandbox::AppendRequestJson(json, game);
  return json;
}

TEST(GameRequest, BothSpellingsSayTheSame) {
  sandbox::Game game = Played();
  const auto camel = ParseGameRequest(Written(game));
  game.request_in_snake_case = true;
  const auto snake = ParseGameRequest(Written(game));
  ASSERT_TRUE(camel && snake);
  EXPECT_EQ(*camel, *snake);
  EXPECT_EQ(camel->lexicon, "CSW21");
  EXPECT_EQ(camel->variant, "wordsmog");
  EXPECT_EQ(camel->board_layout, "CrosswordGame");
  EXPECT_EQ(camel->letter_distribution, "english");
  EXPECT_EQ(camel->initial_time_seconds, 432000);
  EXPECT_EQ(camel->increment_seconds, 5);
  EXPECT_EQ(camel->max_overtime_minutes, 1);
  EXPECT_EQ(camel->challenge_rule, ChallengeRule::kFivePoint);
  EXPECT_EQ(camel->game_mode, GameMode::kCorrespondence);
  EXPECT_EQ(camel->rating_mode, RatingMode::kCasual);
  EXPECT_EQ(camel->request_id, "r1");
  EXPECT_EQ(camel->original_request_id, "r0");
}

TEST(GameRequest, WhatIsLeftOutHasItsDefault) {
  const auto request = ParseGameRequest("{}");
  ASSERT_TRUE(request);
  EXPECT_EQ(*request, GameRequest());
  EXPECT_EQ(request->rating_mode, RatingMode::kRated);
  const auto nulls = ParseGameRequest(R"({"rules":null,"ratingMode":null,"lexicon":null})");
  ASSERT_TRUE(nulls);
  EXPECT_EQ(*nulls, GameRequest());
}

TEST(GameRequest, SpellingsMayMix) {
  const auto request = ParseGameRequest(
      R"({"rating_mode":"CASUAL","gameMode":1,"challengeRule":"TRIPLE","rules":)"
      R"({"variant_name":"classic"},"initialTimeSeconds":"900","playerVsBot":true,"new":[1]})");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->rating_mode, RatingMode::kCasual);
  EXPECT_EQ(request->game_mode, GameMode::kCorrespondence);
  EXPECT_EQ(request->challenge_rule, ChallengeRule::kTriple);
  EXPECT_EQ(request->variant, "classic");
  EXPECT_EQ(request->initial_time_seconds, 900);
  EXPECT_TRUE(request->player_vs_bot);
}

TEST(GameRequest, NewValuesAreUnknownAndNotTheDefault) {
  for (const char* value : {"7", "-1", "\"ODD\"", "1.5", "true", "[]", "18446744073709551615"}) {
    const auto request = ParseGameRequest(R"({"rating_mode":)" + std::string(value) +
                                          R"(,"challengeRule":)" + value + "}");
    ASSERT_TRUE(request) << value;
    EXPECT_EQ(request->rating_mode, RatingMode::kUnknown) << value;
    EXPECT_EQ(request->challenge_rule, ChallengeRule::kUnknown) << value;
  }
}

TEST(GameRequest, WhatIsNoObjectTellsNothing) {
  for (const char* text : {"", "null", "[]", "1", "\"x\"", "{", "{}{}"}) {
    EXPECT_FALSE(ParseGameRequest(text)) << text;
  }
}

}  // namespace
}  // namespace pgattic::games
