// The whole record of a game.
#include <string_view>

#include "sandbox/game_json.h"
#include "sandbox/json_writer.h"
#include "sandbox/random.h"

namespace pgattic::sandbox {
namespace {

constexpr int kDocumentVersion = 2;
constexpr std::int64_t kStartDelayUs = 3'000'000;

/// Returns the enum's name; "" for the zero value, which is left out.
std::string_view TurnKindName(TurnKind kind) {
  switch (kind) {
    case TurnKind::kPlay:
      return "";
    case TurnKind::kPhonyReturned:
      return "PHONY_TILES_RETURNED";
    case TurnKind::kPass:
      return "PASS";
    case TurnKind::kExchange:
      return "EXCHANGE";
    case TurnKind::kChallengeBonus:
      return "CHALLENGE_BONUS";
    case TurnKind::kResigned:
      return "RESIGNED";
    case TurnKind::kTimedOut:
      return "TIMED_OUT";
    case TurnKind::kEndRackPoints:
      return "END_RACK_PTS";
    case TurnKind::kEndRackPenalty:
      return "END_RACK_PENALTY";
    case TurnKind::kTimePenalty:
      return "TIME_PENALTY";
  }
  return "";
}

/// Returns the field that holds the points of a turn; "" where there are none.
std::string_view PointsField(TurnKind kind) {
  switch (kind) {
    case TurnKind::kPlay:
      return "score";
    case TurnKind::kChallengeBonus:
      return "bonus";
    case TurnKind::kEndRackPoints:
      return "endRackPoints";
    case TurnKind::kPhonyReturned:
    case TurnKind::kEndRackPenalty:
    case TurnKind::kTimePenalty:
      return "lostScore";
    case TurnKind::kPass:
    case TurnKind::kExchange:
    case TurnKind::kResigned:
    case TurnKind::kTimedOut:
      return "";
  }
  return "";
}

std::string_view EndReasonName(EndReason reason) {
  switch (reason) {
    case EndReason::kRunning:
      return "";
    case EndReason::kTime:
      return "TIME";
    case EndReason::kStandard:
      return "STANDARD";
    case EndReason::kConsecutiveZeroes:
      return "CONSECUTIVE_ZEROES";
    case EndReason::kResigned:
      return "RESIGNED";
    case EndReason::kAborted:
      return "ABORTED";
    case EndReason::kTripleChallenge:
      return "TRIPLE_CHALLENGE";
    case EndReason::kCancelled:
      return "CANCELLED";
    case EndReason::kForceForfeit:
      return "FORCE_FORFEIT";
  }
  return "";
}

void WriteNonZero(JsonWriter& json, std::string_view name, std::int64_t value) {
  if (value != 0) json.Field(name).Int(value);
}

/// Returns "8D" along a row, "D8" down a column.
std::string PositionName(const Placement& placement) {
  const std::string row = std::to_string(placement.row + 1);
  const char column = static_cast<char>('A' + placement.column);
  return placement.vertical ? column + row : row + column;
}

std::string Spell(const Letters& word) {
  std::string text;
  for (const char letter : word) text += static_cast<char>('A' + letter - 1);
  return text;
}

void WritePlay(JsonWriter& json, const Turn& turn) {
  if (turn.kind == TurnKind::kPlay) {
    WriteNonZero(json, "row", turn.placement.row);
    WriteNonZero(json, "column", turn.placement.column);
    if (turn.placement.vertical) json.Field("direction").Text("VERTICAL");
    json.Field("position").Text(PositionName(turn.placement));
  }
  if (!turn.placement.tiles.empty()) json.Field("playedTiles").Base64(turn.placement.tiles);
  if (!turn.exchanged.empty()) json.Field("exchanged").Base64(turn.exchanged);
}

void WriteWords(JsonWriter& json, const Turn& turn) {
  if (turn.words.empty()) return;
  json.Field("wordsFormed").OpenArray();
  for (const Letters& word : turn.words) json.Base64(word);
  json.CloseArray().Field("wordsFormedFriendly").OpenArray();
  for (const Letters& word : turn.words) json.Text(Spell(word));
  json.CloseArray();
}

void WriteTurn(JsonWriter& json, const Turn& turn, std::string_view note) {
  json.OpenObject();
  if (!note.empty()) json.Field("note").Text(note);
  if (!turn.rack.empty()) json.Field("rack").Base64(turn.rack);
  if (turn.kind != TurnKind::kPlay) json.Field("type").Text(TurnKindName(turn.kind));
  WriteNonZero(json, "cumulative", turn.cumulative);
  WritePlay(json, turn);
  if (const std::string_view field = PointsField(turn.kind); !field.empty()) {
    WriteNonZero(json, field, turn.points);
  }
  if (turn.is_bingo) json.Field("isBingo").Raw("true");
  WriteWords(json, turn);
  WriteNonZero(json, "millisRemaining", turn.millis_left);
  WriteNonZero(json, "playerIndex", static_cast<std::int64_t>(turn.player));
  json.CloseObject();
}

/// Returns text of `bytes` characters that hardly compresses.
std::string Noise(std::size_t bytes, std::uint64_t seed) {
  Random random(seed);
  std::string raw;
  while (raw.size() < bytes * 3 / 4) raw += static_cast<char>(random.Below(256));
  std::string text;
  AppendBase64(text, raw);
  return text;
}

void WritePlayers(JsonWriter& json, const Game& game) {
  json.Field("players").OpenArray();
  for (const Player* player : game.players) {
    json.OpenObject().Field("nickname").Text(player->name);
    if (!game.odd_text.empty()) {
      json.Field("realName").Text(game.odd_text);
    } else if (player->id % 3 == 0) {
      json.Field("realName").Text(player->name);
    }
    json.Field("userId").Text(player->uuid).CloseObject();
  }
  json.CloseArray();
}

void WriteTurns(JsonWriter& json, const Game& game) {
  json.Field("events").OpenArray();
  const std::size_t note_share = game.note_bytes / (game.play.turns.size() + 1);
  std::uint64_t number = 0;
  for (const Turn& turn : game.play.turns) {
    std::string note;
    if (note_share > 0) note = Noise(note_share, ++number);
    WriteTurn(json, turn, note);
  }
  json.CloseArray();
}

/// How the game stands: racks, scores, board, bag.
void WritePosition(JsonWriter& json, const Game& game) {
  const PlayedGame& play = game.play;
  json.Field("racks").OpenArray().Base64(play.racks[0]).Base64(play.racks[1]).CloseArray();
  json.Field("currentScores").OpenArray().Int(play.score[0]).Int(play.score[1]).CloseArray();
  json.Field("board").OpenObject();
  json.Field("numRows").Int(kBoardSize).Field("numCols").Int(kBoardSize);
  json.Field("tiles").Base64(play.board.Squares());
  if (play.board.is_blank_slate()) json.Field("isEmpty").Raw("true");
  json.CloseObject().Field("bag").OpenObject();
  if (!play.bag.empty()) json.Field("tiles").Base64(play.bag);
  json.CloseObject();
}

void WriteClocks(JsonWriter& json, const Game& game) {
  json.Field("timersStarted").Raw("true").Field("timers").OpenObject();
  json.Field("timeOfLastUpdate").QuotedInt(game.ended_us / 1000);
  json.Field("timeStarted").QuotedInt((game.created_us + kStartDelayUs) / 1000);
  json.Field("timeRemaining").OpenArray();
  for (const std::int64_t left : game.play.millis_left) json.QuotedInt(left);
  json.CloseArray();
  WriteNonZero(json, "maxOvertime", game.terms.overtime_minutes);
  WriteNonZero(json, "incrementSeconds", game.terms.increment_seconds);
  json.CloseObject();
}

}  // namespace

void AppendDocumentJson(std::string& out, const Game& game) {
  JsonWriter json(out);
  json.OpenObject();
  if (game.has_empty_documents) {
    json.CloseObject();
    return;
  }
  const bool over = game.play.reason != EndReason::kRunning;
  WritePlayers(json, game);
  WriteTurns(json, game);
  json.Field("version").Int(kDocumentVersion).Field("lexicon").Text(game.terms.lexicon);
  json.Field("uid").Text(game.id);
  if (!game.odd_text.empty()) json.Field("description").Text(game.odd_text);
  json.Field("challengeRule");
  json.Text("ChallengeRule_" + std::string(ChallengeRuleName(game.terms.rule)));
  if (over) json.Field("playState").Text("GAME_OVER");
  json.Field("variant").Text(game.terms.variant);
  WriteNonZero(json, "winner", game.play.winner.value_or(0));
  json.Field("boardLayout").Text("CrosswordGame").Field("letterDistribution").Text("english");
  if (over) json.Field("endReason").Text(EndReasonName(game.play.reason));
  json.Field("metaEventData").OpenObject().CloseObject();
  std::string created;
  AppendRfc3339(created, game.created_us);
  json.Field("createdAt").Text(created);
  if (!over) WriteNonZero(json, "playerOnTurn", static_cast<std::int64_t>(game.play.on_turn));
  WritePosition(json, game);
  WriteClocks(json, game);
  json.CloseObject();
}

}  // namespace pgattic::sandbox
