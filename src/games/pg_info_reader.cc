#include "games/pg_info_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "catalog/archive_overview.h"
#include "catalog/game_info.h"
#include "lookup/row_json.h"
#include "model/bounds.h"

namespace pgattic::games {
namespace {

std::optional<std::int64_t> Number(const std::optional<std::string>& text) {
  std::int64_t number = 0;
  if (!text) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return number;
}

std::optional<Instant> Time(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  const Result<std::int64_t> at_us = model::ParseInstant(*text);
  if (!at_us.ok()) return std::nullopt;
  return Instant(std::chrono::microseconds(*at_us));
}

GameEntry EntryOf(const catalog::GameRecord& record) {
  GameEntry entry;
  GameInfo& info = entry.info;
  info.row_id = record.row_id;
  info.created_at = Time(record.created_at);
  info.updated_at = Time(record.updated_at);
  info.deleted_at = Time(record.deleted_at);
  info.migration_status_number = Number(record.migration_status);
  info.migration_status = MigrationStatusOf(info.migration_status_number);
  info.type = Number(record.type);
  info.end_reason = Number(record.end_reason);
  info.winner_index = Number(record.winner_index);
  info.loser_index = Number(record.loser_index);
  info.tournament_id = record.tournament_id;
  info.request_json = record.request.value_or("");
  info.holds_data = record.holds_data;
  info.duplicates = record.duplicates;
  entry.created_at = record.created_at;
  entry.player_ids = {Number(record.player0_id), Number(record.player1_id)};
  return entry;
}

GamePlayer PlayerOf(const catalog::GamePlayerRecord& record) {
  GamePlayer player;
  player.player_id = record.player_id;
  player.index = static_cast<int>(record.index);
  player.score = record.score;
  if (record.won) player.won = *record.won == "t";
  player.rating_before = Number(record.rating_before);
  player.rating_after = Number(record.rating_after);
  player.rating_delta = Number(record.rating_delta);
  return player;
}

/// True unless the row was cleared: what catalog::FindGames calls holds_data.
bool HoldsData(const model::TableSchema& schema, const catalog::GameDataRecord& row) {
  for (std::size_t i = 0; i < schema.columns.size() && i < row.values.size(); ++i) {
    const std::string& name = schema.columns[i].name;
    const bool tells =
        name == "timers" || name == "history" || name == "stats" || name == "quickdata";
    if (tells && row.values[i]) return true;
  }
  return false;
}

std::map<std::string, GameEntry> EntriesOf(const std::vector<catalog::GameRecord>& records) {
  std::map<std::string, GameEntry> games;
  for (const catalog::GameRecord& record : records) games[record.uuid] = EntryOf(record);
  return games;
}

std::map<std::string, std::vector<GamePlayer>> PlayersOf(
    const std::vector<catalog::GamePlayerRecord>& records) {
  std::map<std::string, std::vector<GamePlayer>> players;
  for (const auto& record : records) players[record.game_uuid].push_back(PlayerOf(record));
  return players;
}

}  // namespace

Result<std::map<std::string, GameEntry>> PgInfoReader::Games(const OpContext& ctx,
                                                             const std::vector<std::string>& ids) {
  const OpContext limited = ctx.WithDeadline(options_.time_limit);
  PGATTIC_ASSIGN_OR_RETURN(const pg::Pool::Lease connection, pool_.Acquire(limited));
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<catalog::GameRecord> records,
                           catalog::FindGames(limited, *connection, options_.source.schema, ids));
  return EntriesOf(records);
}

Result<std::map<std::string, std::vector<GamePlayer>>> PgInfoReader::Players(
    const OpContext& ctx, const std::vector<std::string>& ids) {
  const OpContext limited = ctx.WithDeadline(options_.time_limit);
  PGATTIC_ASSIGN_OR_RETURN(const pg::Pool::Lease connection, pool_.Acquire(limited));
  PGATTIC_ASSIGN_OR_RETURN(
      const std::vector<catalog::GamePlayerRecord> records,
      catalog::FindGamePlayers(limited, *connection, options_.source.schema, ids));
  return PlayersOf(records);
}

BasicInfo PgInfoReader::GamesAndPlayers(const OpContext& ctx, const std::vector<std::string>& ids) {
  const OpContext limited = ctx.WithDeadline(options_.time_limit);
  const Result<pg::Pool::Lease> connection = pool_.Acquire(limited);
  if (!connection.ok()) return {connection.status(), connection.status()};
  auto [games, players] =
      catalog::FindGamesAndPlayers(limited, **connection, options_.source.schema, ids);
  return {games.ok() ? Result(EntriesOf(*games)) : std::move(games).status(),
          players.ok() ? Result(PlayersOf(*players)) : std::move(players).status()};
}

Result<std::map<std::int64_t, RowText>> PgInfoReader::Data(const OpContext& ctx,
                                                           const std::vector<GameRowRef>& rows) {
  const OpContext limited = ctx.WithDeadline(options_.time_limit);
  catalog::GameData data;
  std::vector<catalog::GameDocumentRecord> documents;
  std::vector<std::int64_t> row_ids;
  std::vector<std::string> annotated;
  for (const GameRowRef& row : rows) {
    row_ids.push_back(row.row_id);
    if (row.is_annotated) annotated.push_back(row.id);
  }
  const std::string& schema = options_.source.schema;
  PGATTIC_ASSIGN_OR_RETURN(const pg::Pool::Lease connection, pool_.Acquire(limited));
  PGATTIC_ASSIGN_OR_RETURN(data, catalog::FindGameData(limited, *connection, schema, row_ids));
  if (!annotated.empty()) {
    PGATTIC_ASSIGN_OR_RETURN(documents,
                             catalog::FindGameDocuments(limited, *connection, schema, annotated));
  }
  std::map<std::int64_t, RowText> texts;
  for (const catalog::GameDataRecord& record : data.rows) {
    const auto ref = std::find_if(rows.begin(), rows.end(), [&](const GameRowRef& row) {
      return row.row_id == record.row_id;
    });
    const auto document =
        std::find_if(documents.begin(), documents.end(), [&](const auto& candidate) {
          return ref != rows.end() && candidate.game_uuid == ref->id && candidate.document;
        });
    if (document == documents.end() && !HoldsData(data.schema, record)) continue;
    PGATTIC_ASSIGN_OR_RETURN(RowText text,
                             RowText::Parse(lookup::RowToJson(data.schema.columns, record.values)));
    if (document != documents.end()) text.Append("game_document", *document->document);
    texts.emplace(record.row_id, std::move(text));
  }
  return texts;
}

Result<std::optional<std::string>> PgInfoReader::ArchivedSample(const OpContext& ctx) {
  const OpContext limited = ctx.WithDeadline(options_.time_limit);
  PGATTIC_ASSIGN_OR_RETURN(const pg::Pool::Lease connection, pool_.Acquire(limited));
  PGATTIC_ASSIGN_OR_RETURN(const std::optional<model::PartRecord> part,
                           catalog::LastPublishedPart(limited, *connection, options_.source));
  return part ? std::optional(part->min_id) : std::nullopt;
}

}  // namespace pgattic::games
