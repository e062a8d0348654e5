// What PostgreSQL itself keeps of a game, whether or not its row was archived. Profile games.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "model/column.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// A row of `games`, without what is taken from it when a game moves to past_games. Instants
/// are PostgreSQL's text; nullopt is NULL. A plain value.
struct GameRecord {
  std::int64_t row_id = 0;  ///< games.id
  std::string uuid;
  std::optional<std::string> created_at;
  std::optional<std::string> updated_at;
  std::optional<std::string> deleted_at;
  std::optional<std::string> migration_status;
  std::optional<std::string> type;
  std::optional<std::string> end_reason;
  std::optional<std::string> winner_index;
  std::optional<std::string> loser_index;
  std::optional<std::string> player0_id;
  std::optional<std::string> player1_id;
  std::optional<std::string> tournament_id;
  std::optional<std::string> request;  ///< JSON
  bool holds_data = false;             ///< It was not cleared: timers, history, stats, quickdata.
  int duplicates = 0;                  ///< Further rows of the same uuid, younger.
};

/// A row of `game_players`. A plain value.
struct GamePlayerRecord {
  std::string game_uuid;
  std::int64_t player_id = 0;
  std::int64_t index = 0;
  std::int64_t score = 0;
  std::optional<std::string> won;
  std::optional<std::string> rating_before;
  std::optional<std::string> rating_after;
  std::optional<std::string> rating_delta;
};

/// A row of `games` with all columns, as the types' output functions give them.
struct GameDataRecord {
  std::int64_t row_id = 0;
  std::vector<std::optional<std::string>> values;
};
struct GameData {
  model::TableSchema schema;
  std::vector<GameDataRecord> rows;
};

/// A document of an annotated game. A plain value.
struct GameDocumentRecord {
  std::string game_uuid;
  std::optional<std::string> document;
};

/// Each reads the table of its name in the source's schema, one statement each (FindGameData:
/// three), in no promised order. An id without a row is left out.

/// Returns one record an id: the oldest row of that uuid (uuid is neither unique nor NOT NULL).
Result<std::vector<GameRecord>> FindGames(const OpContext& ctx, pg::Connection& connection,
                                          const std::string& schema,
                                          const std::vector<std::string>& ids);
/// The ratings are NULL where the table has no such columns.
Result<std::vector<GamePlayerRecord>> FindGamePlayers(const OpContext& ctx,
                                                      pg::Connection& connection,
                                                      const std::string& schema,
                                                      const std::vector<std::string>& ids);
/// Both in one round trip; each may fail alone.
struct GamesAndPlayers {
  Result<std::vector<GameRecord>> games;
  Result<std::vector<GamePlayerRecord>> players;
};
GamesAndPlayers FindGamesAndPlayers(const OpContext& ctx, pg::Connection& connection,
                                    const std::string& schema, const std::vector<std::string>& ids);
Result<GameData> FindGameData(const OpContext& ctx, pg::Connection& connection,
                              const std::string& schema, const std::vector<std::int64_t>& row_ids);
Result<std::vector<GameDocumentRecord>> FindGameDocuments(const OpContext& ctx,
                                                          pg::Connection& connection,
                                                          const std::string& schema,
                                                          const std::vector<std::string>& ids);

}  // namespace pgattic::catalog
