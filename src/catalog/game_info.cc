#include "catalog/game_info.h"

#include <utility>

#include "catalog/one_of.h"
#include "catalog/relation.h"
#include "catalog/source_table.h"
#include "catalog/swap.h"

namespace pgattic::catalog {
namespace {

std::string Table(const std::string& schema, const std::string& name) {
  return pg::QualifiedName{schema, name}.Quoted();
}

pg::KeptStatement GamesStatement(const std::string& schema, const std::vector<std::string>& ids) {
  const OneOf one_of("g.uuid", "text[]", 1, ids);
  return {
      "SELECT g.id, g.uuid, g.created_at, g.updated_at, "
      "g.deleted_at, g.migration_status, g.type, g.game_end_reason, "
      "g.winner_idx, g.loser_idx, g.player0_id, g.player1_id, g.tournament_id, "
      "g.game_request, g.timers IS NOT NULL OR g.history IS NOT NULL OR "
      "g.stats IS NOT NULL OR g.quickdata IS NOT NULL FROM " +
          Table(schema, "games") + " AS g WHERE " + one_of.condition +
          " ORDER BY g.uuid, g.created_at NULLS LAST, g.id",
      {one_of.parameter}};
}

std::vector<GameRecord> ReadGames(const pg::QueryResult& rows) {
  std::vector<GameRecord> found;
  for (int i = 0; i < rows.rows(); ++i) {
    std::string uuid = rows.Text(i, 1);
    if (!found.empty() && found.back().uuid == uuid) {
      ++found.back().duplicates;
      continue;
    }
    GameRecord game;
    game.row_id = rows.Int(i, 0);
    game.uuid = std::move(uuid);
    game.created_at = rows.Optional(i, 2);
    game.updated_at = rows.Optional(i, 3);
    game.deleted_at = rows.Optional(i, 4);
    game.migration_status = rows.Optional(i, 5);
    game.type = rows.Optional(i, 6);
    game.end_reason = rows.Optional(i, 7);
    game.winner_index = rows.Optional(i, 8);
    game.loser_index = rows.Optional(i, 9);
    game.player0_id = rows.Optional(i, 10);
    game.player1_id = rows.Optional(i, 11);
    game.tournament_id = rows.Optional(i, 12);
    game.request = rows.Optional(i, 13);
    game.holds_data = rows.Bool(i, 14);
    found.push_back(std::move(game));
  }
  return found;
}

// Younger versions keep no ratings here: a name that the table does not have is then that of the
// outer relation.
pg::KeptStatement PlayersStatement(const std::string& schema, const std::vector<std::string>& ids) {
  const OneOf one_of("g.game_uuid", "text[]", 1, ids);
  return {
      "SELECT p.* FROM (SELECT NULL AS rating_before, NULL AS rating_after, "
      "NULL AS rating_delta) AS missing CROSS JOIN LATERAL (SELECT g.game_uuid, g.player_id, "
      "g.player_index, g.score, g.won, rating_before::text, rating_after::text, "
      "rating_delta::text FROM " +
          Table(schema, "game_players") + " AS g WHERE " + one_of.condition +
          ") AS p ORDER BY p.game_uuid, p.player_index, p.player_id",
      {one_of.parameter}};
}

std::vector<GamePlayerRecord> ReadPlayers(const pg::QueryResult& rows) {
  std::vector<GamePlayerRecord> found;
  for (int i = 0; i < rows.rows(); ++i) {
    found.push_back({rows.Text(i, 0), rows.Int(i, 1), rows.Int(i, 2), rows.Int(i, 3),
                     rows.Optional(i, 4), rows.Optional(i, 5), rows.Optional(i, 6),
                     rows.Optional(i, 7)});
  }
  return found;
}

}  // namespace

Result<std::vector<GameRecord>> FindGames(const OpContext& ctx, pg::Connection& connection,
                                          const std::string& schema,
                                          const std::vector<std::string>& ids) {
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult rows,
                           connection.ExecKept(ctx, GamesStatement(schema, ids)));
  return ReadGames(rows);
}

Result<std::vector<GamePlayerRecord>> FindGamePlayers(const OpContext& ctx,
                                                      pg::Connection& connection,
                                                      const std::string& schema,
                                                      const std::vector<std::string>& ids) {
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult rows,
                           connection.ExecKept(ctx, PlayersStatement(schema, ids)));
  return ReadPlayers(rows);
}

GamesAndPlayers FindGamesAndPlayers(const OpContext& ctx, pg::Connection& connection,
                                    const std::string& schema,
                                    const std::vector<std::string>& ids) {
  const std::vector<Result<pg::QueryResult>> both = connection.ExecKeptTogether(
      ctx, {GamesStatement(schema, ids), PlayersStatement(schema, ids)});
  // One that failed is asked again by itself: the session may only have forgotten it.
  return {both[0].ok() ? ReadGames(*both[0]) : FindGames(ctx, connection, schema, ids),
          both[1].ok() ? ReadPlayers(*both[1]) : FindGamePlayers(ctx, connection, schema, ids)};
}

Result<GameData> FindGameData(const OpContext& ctx, pg::Connection& connection,
                              const std::string& schema, const std::vector<std::int64_t>& row_ids) {
  GameData data;
  PGATTIC_ASSIGN_OR_RETURN(const std::uint32_t oid,
                           FindRelation(ctx, connection, {schema, "games"}));
  PGATTIC_ASSIGN_OR_RETURN(data.schema, LoadColumns(ctx, connection, oid, "id", {}));
  std::vector<std::string> texts;
  for (const std::int64_t row_id : row_ids) texts.push_back(std::to_string(row_id));
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(ctx,
                      "SELECT " + OutputColumns(data.schema) + " FROM " + Table(schema, "games") +
                          " AS t WHERE t.id = ANY ($1::bigint[])",
                      {ArrayLiteral(texts)}));
  for (int i = 0; i < rows.rows(); ++i) {
    data.rows.push_back({rows.Int(i, static_cast<int>(data.schema.id_index)),
                         rows.Values(i, 0, data.schema.columns.size())});
  }
  return data;
}

Result<std::vector<GameDocumentRecord>> FindGameDocuments(const OpContext& ctx,
                                                          pg::Connection& connection,
                                                          const std::string& schema,
                                                          const std::vector<std::string>& ids) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(ctx,
                      "SELECT game_id, document FROM " + Table(schema, "game_documents") +
                          " WHERE game_id = ANY ($1::text[])",
                      {ArrayLiteral(ids)}));
  std::vector<GameDocumentRecord> found;
  for (int i = 0; i < rows.rows(); ++i) found.push_back({rows.Text(i, 0), rows.Optional(i, 1)});
  return found;
}

}  // namespace pgattic::catalog
