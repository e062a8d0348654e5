// The statistics of both players.
#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "sandbox/game_json.h"
#include "sandbox/json_writer.h"

namespace pgattic::sandbox {
namespace {

/// Items that this generator leaves at zero: the application writes them all the same.
constexpr std::array<std::string_view, 11> kZeroItems = {
    "Challenged Phonies",   "Challenges Lost",
    "Challenges Won",       "Comments",
    "Games with no Bingos", "Mistakes",
    "Triple Triples",       "Turns With Blank",
    "Unchallenged Phonies", "Valid Plays That Were Challenged",
    "Vertical Openings"};
constexpr std::array<std::string_view, 11> kNotable = {"All Triple Letter Squares Covered",
                                                       "All Triple Word Squares Covered",
                                                       "Combined High Scoring",
                                                       "Combined Low Scoring",
                                                       "Four or More Consecutive Bingos",
                                                       "Many Challenges",
                                                       "Many Double Letter Squares Covered",
                                                       "Many Double Word Squares Covered",
                                                       "No Blanks Played",
                                                       "One Player Plays Every E",
                                                       "One Player Plays Every Power Tile"};
/// Text that jsonb has to keep exactly: numeric, not double.
constexpr std::string_view kOddNumbers =
    R"({"a":9223372036854775808,"b":-170141183460469231731687303715884105728,)"
    R"("c":12345678901234567890.12300,"d":1E+400,"e":1e-300,"f":-0,"g":-0.0,"h":1.0,)"
    R"("i":1.10,"j":0.1000000000000000055511151231257827,"k":[[[[{}]]]],"":"empty key"})";

/// What one player did.
struct Tally {
  int bingos = 0;
  int turns = 0;
  int exchanges = 0;
  int high_turn = 0;
  int tiles = 0;
  std::array<int, 27> by_letter{};
};

Tally Count(const PlayedGame& play, std::size_t player) {
  Tally tally;
  for (std::size_t i = 0; i < play.turns.size(); ++i) {
    const Turn& turn = play.turns[i];
    if (turn.player != player) continue;
    tally.exchanges += turn.kind == TurnKind::kExchange;
    tally.turns += turn.kind == TurnKind::kPlay || turn.kind == TurnKind::kExchange ||
                   turn.kind == TurnKind::kPass;
    const bool is_withdrawn =
        i + 1 < play.turns.size() && play.turns[i + 1].kind == TurnKind::kPhonyReturned;
    if (turn.kind != TurnKind::kPlay || is_withdrawn) continue;
    tally.bingos += turn.is_bingo;
    tally.high_turn = std::max(tally.high_turn, turn.points);
    for (const char tile : turn.placement.tiles) {
      if (tile == 0) continue;
      ++tally.tiles;
      const bool is_blank = (static_cast<unsigned char>(tile) & kBlankBit) != 0;
      ++tally.by_letter.at(is_blank ? 0 : static_cast<std::size_t>(tile));
    }
  }
  return tally;
}

void WriteItem(JsonWriter& json, std::string_view name, std::int64_t total) {
  json.Field(name).OpenObject().Field("l").Raw("null").Field("s").Raw("null");
  json.Field("t").Int(total).CloseObject();
}

/// An item that names the game where it happened.
void WriteRecord(JsonWriter& json, std::string_view name, std::int64_t total, const Game& game,
                 const Player& player) {
  json.Field(name).OpenObject().Field("l").OpenArray().OpenObject();
  json.Field("GameId").Text(game.id).Field("Item").OpenObject().Field("s").Int(total);
  json.CloseObject().Field("PlayerId").Text(player.uuid);
  json.Field("Time").Int(game.ended_us / 1000).CloseObject().CloseArray();
  json.Field("s").Raw("null").Field("t").Int(total).CloseObject();
}

void WriteTiles(JsonWriter& json, const Tally& tally) {
  json.Field("Tiles Played").OpenObject().Field("l").Raw("null").Field("s").OpenObject();
  for (std::size_t letter = 0; letter < tally.by_letter.size(); ++letter) {
    const char name = letter == 0 ? '?' : static_cast<char>('A' + letter - 1);
    json.Field(std::string_view(&name, 1)).Int(tally.by_letter.at(letter));
  }
  json.CloseObject().Field("t").Int(tally.tiles).CloseObject();
}

void WriteSide(JsonWriter& json, const Game& game, std::size_t side) {
  const Player& player = *game.players.at(side);
  const int score = game.play.score.at(side);
  const Tally tally = Count(game.play, side);
  const bool decided = game.winner && *game.winner >= 0;
  const bool won = decided && *game.winner == static_cast<int>(side);
  json.OpenObject();
  for (const std::string_view name : kZeroItems) WriteItem(json, name, 0);
  WriteItem(json, "Bingos", tally.bingos);
  WriteItem(json, "Draws", game.winner == -1 ? 1 : 0);
  WriteItem(json, "Exchanges", tally.exchanges);
  WriteItem(json, "Firsts", side == 0 ? 1 : 0);
  json.Field("Games").OpenObject().Field("l").Raw("null").Field("s").OpenObject();
  json.Field(game.terms.is_casual ? "CASUAL" : "RATED").Int(1);
  json.Field(ChallengeRuleName(game.terms.rule)).Int(1).CloseObject();
  json.Field("t").Int(1).CloseObject();
  WriteRecord(json, "High Game", score, game, player);
  WriteRecord(json, "High Turn", tally.high_turn, game, player);
  WriteRecord(json, "Low Game", score, game, player);
  WriteItem(json, "Losses", decided && !won ? 1 : 0);
  WriteItem(json, "Ratings", game.rating.at(side) + game.rating_change.at(side));
  WriteItem(json, "Score", score);
  WriteTiles(json, tally);
  WriteItem(json, "Time Taken",
            std::int64_t{game.terms.seconds} * 1000 - game.play.millis_left.at(side));
  WriteItem(json, "Turns", tally.turns);
  WriteItem(json, "Wins", won ? 1 : 0);
  json.CloseObject();
}

}  // namespace

void AppendStatsJson(std::string& out, const Game& game) {
  JsonWriter json(out);
  json.OpenObject();
  if (!game.has_empty_documents) {
    json.Field("i1").Text(game.players[0]->uuid).Field("i2").Text(game.players[1]->uuid);
    json.Field("d1");
    WriteSide(json, game, 0);
    json.Field("d2");
    WriteSide(json, game, 1);
    json.Field("n").OpenObject();
    for (const std::string_view name : kNotable) WriteItem(json, name, 0);
    json.CloseObject();
    if (game.has_odd_numbers) json.Field("x").Raw(kOddNumbers);
  }
  json.CloseObject();
}

}  // namespace pgattic::sandbox
