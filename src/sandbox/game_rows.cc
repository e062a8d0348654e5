#include "sandbox/game_rows.h"

#include <vector>

#include "sandbox/append_text.h"
#include "sandbox/game_json.h"

namespace pgattic::sandbox {
namespace {

struct TableShape {
  std::string name;
  std::vector<std::string> columns;
};

const TableShape& ShapeOf(std::size_t table) {
  static const std::array<TableShape, kGameTableCount> shapes = {{
      {"public.games", {"created_at",    "updated_at",      "uuid",
                        "player0_id",    "player1_id",      "timers",
                        "started",       "game_end_reason", "winner_idx",
                        "loser_idx",     "request",         "history",
                        "stats",         "quickdata",       "tournament_data",
                        "tournament_id", "meta_events",     "type",
                        "game_request",  "migration_status"}},
      {"public.past_games",
       {"gid", "created_at", "game_end_reason", "winner_idx", "game_request", "game_document",
        "stats", "quickdata", "type", "tournament_data"}},
      {"public.game_players",
       {"game_uuid", "player_id", "player_index", "score", "won", "game_end_reason",
        "rating_before", "rating_after", "rating_delta", "created_at", "game_type", "opponent_id",
        "opponent_score", "original_request_id"}},
      {"public.game_documents", {"game_id", "document"}},
  }};
  return shapes.at(table);
}

/// Appends one line of COPY, field by field.
class Line {
 public:
  Line(std::string& out, std::string& scratch) : out_(out), scratch_(scratch) {}

  Line& Text(std::string_view value) {
    Separate();
    AppendCopyField(out_, value);
    return *this;
  }
  Line& Null() {
    Separate();
    out_ += "\\N";
    return *this;
  }
  Line& Int(std::optional<std::int64_t> value) {
    if (!value) return Null();
    Separate();
    AppendInt(out_, *value);
    return *this;
  }
  Line& Instant(std::int64_t at_us) {
    Separate();
    AppendTimestamp(out_, at_us);
    return *this;
  }
  /// A document that one of game_json.h appends.
  Line& Json(void (*append)(std::string&, const Game&), const Game& game) {
    scratch_.clear();
    append(scratch_, game);
    return Text(scratch_);
  }
  /// bytea in hex; COPY wants its backslash doubled.
  Line& Bytes(std::string_view value) {
    Separate();
    out_ += "\\\\x";
    AppendHex(out_, value);
    return *this;
  }
  void End() { out_ += '\n'; }

 private:
  void Separate() {
    if (!is_first_) out_ += '\t';
    is_first_ = false;
  }

  std::string& out_;
  std::string& scratch_;
  bool is_first_ = true;
};

std::optional<std::int64_t> LoserOf(const std::optional<int>& winner) {
  if (!winner) return std::nullopt;
  return *winner < 0 ? -1 : 1 - *winner;
}

/// Appends a field of length-delimited wire type (protobuf encoding).
void AppendProtoField(std::string& out, unsigned field, std::string_view value) {
  out += static_cast<char>(field << 3U | 2U);
  std::size_t length = value.size();
  for (; length > 127; length >>= 7U) out += static_cast<char>((length & 127U) | 128U);
  out += static_cast<char>(length);
  out += value;
}

/// A short GameRequest and a GameHistory: old columns that nothing but a full row still has.
std::string BinaryRequest(const Game& game) {
  std::string out;
  AppendProtoField(out, 1, game.terms.lexicon);
  AppendProtoField(out, 8, game.terms.request_id);
  return out;
}

std::string BinaryHistory(const Game& game) {
  std::string out;
  for (const Turn& turn : game.play.turns) {
    std::string event;
    AppendProtoField(event, 3, turn.rack);
    AppendProtoField(event, 9, turn.placement.tiles);
    AppendProtoField(out, 1, event);
  }
  for (const Player* player : game.players) AppendProtoField(out, 2, player->name);
  AppendProtoField(out, 5, game.terms.lexicon);
  AppendProtoField(out, 7, game.id);
  return out;
}

}  // namespace

void GameRows::AddGame(const Game& game, const GamesRow& row) {
  Lines& to = lines(GameTable::kGames);
  Line line(to.text, scratch_);
  const bool over = game.play.reason != EndReason::kRunning;
  const auto instant = [&](bool present, std::int64_t at_us) {
    present ? line.Instant(at_us) : line.Null();
  };
  instant(row.has_created_at, game.created_us);
  instant(row.has_updated_at, over ? game.ended_us : game.created_us);
  line.Text(game.id);
  if (row.is_full) {
    line.Int(game.players[0]->id).Int(game.players[1]->id).Json(AppendTimersJson, game);
  } else {
    line.Null().Null().Null();
  }
  line.Text("t");
  game.type == 1 ? line.Null() : line.Int(static_cast<int>(game.play.reason));
  line.Int(game.winner).Int(LoserOf(game.winner));
  if (row.is_full) {
    line.Bytes(BinaryRequest(game)).Bytes(BinaryHistory(game));
    line.Json(AppendStatsJson, game).Json(AppendQuickdataJson, game);
  } else {
    line.Null().Null().Null().Null();
  }
  row.is_full&& game.tournament ? line.Json(AppendTournamentJson, game) : line.Null();
  game.tournament ? line.Text(game.tournament->id) : line.Null();
  row.is_full ? line.Text(R"({"events":[]})") : line.Null();
  line.Int(game.type).Json(AppendRequestJson, game).Int(row.status).End();
  ++to.rows;
}

void GameRows::AddPastGame(const Game& game) {
  Lines& to = lines(GameTable::kPastGames);
  Line line(to.text, scratch_);
  line.Text(game.id).Instant(game.created_us).Int(static_cast<int>(game.play.reason));
  line.Int(game.winner).Json(AppendRequestJson, game).Json(AppendDocumentJson, game);
  line.Json(AppendStatsJson, game).Json(AppendQuickdataJson, game).Int(game.type);
  game.tournament ? line.Json(AppendTournamentJson, game) : line.Null();
  line.End();
  ++to.rows;
}

void GameRows::AddPlayers(const Game& game) {
  Lines& to = lines(GameTable::kGamePlayers);
  for (std::size_t side : {0U, 1U}) {
    Line line(to.text, scratch_);
    line.Text(game.id).Int(game.players.at(side)->id).Int(static_cast<int>(side));
    line.Int(game.play.score.at(side));
    if (game.winner.value_or(-1) < 0) {
      line.Null();
    } else {
      line.Text(*game.winner == static_cast<int>(side) ? "t" : "f");
    }
    line.Int(static_cast<int>(game.play.reason));
    const int before = game.rating.at(side);
    const int change = game.rating_change.at(side);
    if (game.terms.is_casual) {
      line.Null().Null().Null();
    } else {
      line.Int(before).Int(before + change).Int(change);
    }
    line.Instant(game.created_us).Int(game.type).Int(game.players.at(1 - side)->id);
    line.Int(game.play.score.at(1 - side)).Text(game.terms.original_request_id).End();
    ++to.rows;
  }
}

void GameRows::AddDocument(const Game& game) {
  Lines& to = lines(GameTable::kGameDocuments);
  Line(to.text, scratch_).Text(game.id).Json(AppendDocumentJson, game).End();
  ++to.rows;
}

std::size_t GameRows::bytes() const {
  std::size_t sum = 0;
  for (const Lines& held : lines_) sum += held.text.size();
  return sum;
}

Status GameRows::Flush(CopyTarget& target) {
  for (std::size_t table = 0; table < lines_.size(); ++table) {
    Lines& held = lines_.at(table);
    if (held.rows == 0) continue;
    const TableShape& shape = ShapeOf(table);
    PGATTIC_RETURN_IF_ERROR(target.BeginCopy(shape.name, shape.columns));
    PGATTIC_RETURN_IF_ERROR(target.Write(AsBytes(held.text)));
    PGATTIC_RETURN_IF_ERROR(target.EndCopy());
    written_.at(table) += held.rows;
    bytes_written_ += static_cast<std::int64_t>(held.text.size());
    held.text.clear();
    held.rows = 0;
  }
  return Status::Ok();
}

}  // namespace pgattic::sandbox
