// The short documents: quickdata, request, tournament, timers.
#include <string_view>

#include "sandbox/game_json.h"
#include "sandbox/json_writer.h"

namespace pgattic::sandbox {
namespace {

/// Ratings are kept as doubles there.
void WriteRatings(JsonWriter& json, std::string_view name, int first, int second) {
  json.Field(name).OpenArray();
  json.Raw(std::to_string(first) + ".25").Raw(std::to_string(second) + ".5").CloseArray();
}

void WritePerson(JsonWriter& json, const Game& game, std::size_t side) {
  const Player& player = *game.players.at(side);
  json.OpenObject().Field("user_id").Text(player.uuid).Field("nickname").Text(player.name);
  if (!game.odd_text.empty()) json.Field("full_name").Text(game.odd_text);
  if (!player.country.empty()) json.Field("country_code").Text(player.country);
  const bool provisional = player.id % 17 == 0;
  json.Field("rating").Text(std::to_string(game.rating.at(side)) + (provisional ? "?" : ""));
  if (player.is_bot) json.Field("is_bot").Raw("true");
  if (side == 0) json.Field("first").Raw("true");
  json.CloseObject();
}

/// camelCase, enums by name, what is false or zero left out.
void WriteCamelRequest(JsonWriter& json, const GameTerms& terms) {
  json.OpenObject().Field("lexicon").Text(terms.lexicon).Field("rules").OpenObject();
  json.Field("boardLayoutName").Text("CrosswordGame");
  json.Field("letterDistributionName").Text("english");
  json.Field("variantName").Text(terms.variant).CloseObject();
  json.Field("initialTimeSeconds").Int(terms.seconds);
  if (terms.increment_seconds > 0) {
    json.Field("incrementSeconds").Int(terms.increment_seconds);
  }
  if (terms.rule != ChallengeRule::kVoid) {
    json.Field("challengeRule").Text(ChallengeRuleName(terms.rule));
  }
  if (terms.is_correspondence) json.Field("gameMode").Text("CORRESPONDENCE");
  if (terms.is_casual) json.Field("ratingMode").Text("CASUAL");
  json.Field("requestId").Text(terms.request_id);
  if (terms.overtime_minutes > 0) json.Field("maxOvertimeMinutes").Int(terms.overtime_minutes);
  json.Field("originalRequestId").Text(terms.original_request_id).CloseObject();
}

/// snake_case, enums by number.
void WriteSnakeRequest(JsonWriter& json, const GameTerms& terms) {
  json.OpenObject().Field("lexicon").Text(terms.lexicon).Field("rules").OpenObject();
  json.Field("board_layout_name").Text("CrosswordGame");
  json.Field("letter_distribution_name").Text("english");
  json.Field("variant_name").Text(terms.variant).CloseObject();
  json.Field("initial_time_seconds").Int(terms.seconds);
  if (terms.increment_seconds > 0) {
    json.Field("increment_seconds").Int(terms.increment_seconds);
  }
  if (terms.rule != ChallengeRule::kVoid) {
    json.Field("challenge_rule").Int(static_cast<int>(terms.rule));
  }
  if (terms.is_correspondence) json.Field("game_mode").Int(1);
  if (terms.is_casual) json.Field("rating_mode").Int(1);
  json.Field("request_id").Text(terms.request_id);
  if (terms.overtime_minutes > 0) json.Field("max_overtime_minutes").Int(terms.overtime_minutes);
  json.Field("original_request_id").Text(terms.original_request_id).CloseObject();
}

}  // namespace

void AppendQuickdataJson(std::string& out, const Game& game) {
  JsonWriter json(out);
  json.OpenObject();
  if (!game.has_empty_documents) {
    json.Field("o").Text(game.terms.original_request_id);
    json.Field("s").OpenArray().Int(game.play.score[0]).Int(game.play.score[1]).CloseArray();
    json.Field("pi").OpenArray();
    WritePerson(json, game, 0);
    WritePerson(json, game, 1);
    json.CloseArray();
    WriteRatings(json, "OriginalRatings", game.rating[0], game.rating[1]);
    WriteRatings(json, "NewRatings", game.rating[0] + game.rating_change[0],
                 game.rating[1] + game.rating_change[1]);
  }
  json.CloseObject();
}

void AppendRequestJson(std::string& out, const Game& game) {
  JsonWriter json(out);
  if (game.has_empty_documents || game.has_empty_request) {
    json.OpenObject().CloseObject();
  } else if (game.request_in_snake_case) {
    WriteSnakeRequest(json, game.terms);
  } else {
    WriteCamelRequest(json, game.terms);
  }
}

void AppendTournamentJson(std::string& out, const Game& game) {
  JsonWriter json(out);
  const TournamentSeat& seat = *game.tournament;
  json.OpenObject().Field("Id").Text(seat.id).Field("d");
  json.Text(game.odd_text.empty() ? seat.division : std::string_view(game.odd_text));
  json.Field("r").Int(seat.round).Field("i").Int(seat.index).CloseObject();
}

void AppendTimersJson(std::string& out, const Game& game) {
  JsonWriter json(out);
  json.OpenObject().Field("lu").Int(game.ended_us / 1000);
  json.Field("ts").Int(game.created_us / 1000).Field("tr").OpenArray();
  json.Int(game.play.millis_left[0]).Int(game.play.millis_left[1]).CloseArray();
  json.Field("mo").Int(game.terms.overtime_minutes).CloseObject();
}

}  // namespace pgattic::sandbox
