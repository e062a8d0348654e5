#include "catalog/game_info.h"

#include "catalog/one_of.h"
#include "catalog/relation.h"
#include "catalog/source_table.h"
#include "catalog/swap.h"

namespace pgattic::catalog {
namespace {

std::string Table(const std::string& schema, const std::string& name) {
  return pg::QualifiedName{schema, name}.Quoted();
}

}  // namespace

Result<std::vector<GameRecord>> FindGames(const OpContext& ctx, pg::Connection& connection,
                                          const std::string& schema,
                                          const std::vector<std::string>& ids) {
  const OneOf one_of("g.uuid", "text[]", 1, ids);
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.ExecKept(ctx,
                          "SELECT DISTINCT ON (g.uuid) g.id, g.uuid, g.created_at, g.updated_at, "
                          "g.deleted_at, g.migration_status, g.type, g.game_end_reason, "
                          "g.winner_idx, g.loser_idx, g.player0_id, g.player1_id, g.tournament_id, "
                          "g.game_request, g.timers IS NOT NULL OR g.history IS NOT NULL OR "
                          "g.stats IS NOT NULL OR g.quickdata IS NOT NULL, "
                          "count(*) OVER (PARTITION BY g.uuid) - 1 FROM " +
                              Table(schema, "games") + " AS g WHERE " + one_of.condition +
                              " ORDER BY g.uuid, g.created_at NULLS LAST, g.id",
                          {one_of.parameter}));
  std::vector<GameRecord> found;
  for (int i = 0; i < rows.rows(); ++i) {
    GameRecord game;
    game.row_id = rows.Int(i, 0);
    game.uuid = rows.Text(i, 1);
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
    game.duplicates = static_cast<int>(rows.Int(i, 15));
    found.push_back(std::move(game));
  }
  return found;
}

Result<std::vector<GamePlayerRecord>> FindGamePlayers(const OpContext& ctx,
                                                      pg::Connection& connection,
                                                      const std::string& schema,
                                                      const std::vector<std::string>& ids) {
  const OneOf one_of("p.game_uuid", "text[]", 1, ids);
  // Through the row as JSON a column may be absent: younger versions keep no ratings here.
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.ExecKept(ctx,
                          "SELECT p.game_uuid, p.player_id, p.player_index, p.score, p.won, "
                          "j.row ->> 'rating_before', j.row ->> 'rating_after', "
                          "j.row ->> 'rating_delta' FROM " +
                              Table(schema, "game_players") +
                              " AS p CROSS JOIN LATERAL to_jsonb(p) AS j(row) "
                              "WHERE " +
                              one_of.condition +
                              " ORDER BY p.game_uuid, p.player_index, p.player_id",
                          {one_of.parameter}));
  std::vector<GamePlayerRecord> found;
  for (int i = 0; i < rows.rows(); ++i) {
    found.push_back({rows.Text(i, 0), rows.Int(i, 1), rows.Int(i, 2), rows.Int(i, 3),
                     rows.Optional(i, 4), rows.Optional(i, 5), rows.Optional(i, 6),
                     rows.Optional(i, 7)});
  }
  return found;
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
