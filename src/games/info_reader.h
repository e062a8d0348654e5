// InfoReader: the port through which `games` and its neighbours are read.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "games/game.h"
#include "games/row_text.h"

namespace pgattic::games {

/// A row of `games`. A plain value.
struct GameEntry {
  GameInfo info;
  std::array<std::optional<std::int64_t>, 2> player_ids;  ///< Unless cleared.
  std::optional<std::string> created_at;                  ///< As PostgreSQL writes it.
};

/// Basic info of some games; each half may be unknown alone.
struct BasicInfo {
  Result<std::map<std::string, GameEntry>> games;                  ///< As of Games.
  Result<std::map<std::string, std::vector<GamePlayer>>> players;  ///< As of Players.
};

/// Which row of `games` to read whole. A plain value.
struct GameRowRef {
  std::string id;
  std::int64_t row_id = 0;
  bool is_annotated = false;  ///< Its document lies in game_documents.
};

/// What the database keeps of games. Thread-safe. Every method blocks, at most until the
/// context's deadline; each error means that nothing is known.
class InfoReader {
 public:
  InfoReader() = default;
  InfoReader(const InfoReader&) = delete;
  InfoReader& operator=(const InfoReader&) = delete;
  virtual ~InfoReader() = default;

  /// Returns the rows of `games` by id; ids without a row are left out.
  virtual Result<std::map<std::string, GameEntry>> Games(const OpContext& ctx,
                                                         const std::vector<std::string>& ids) = 0;
  /// Returns players by game id, in order of their index.
  virtual Result<std::map<std::string, std::vector<GamePlayer>>> Players(
      const OpContext& ctx, const std::vector<std::string>& ids) = 0;
  /// Returns both.
  virtual BasicInfo GamesAndPlayers(const OpContext& ctx, const std::vector<std::string>& ids) {
    return {Games(ctx, ids), Players(ctx, ids)};
  }
  /// Returns whole rows of `games` by row id, with game_document where game_documents has one.
  /// Rows that hold no data, because they were cleared meanwhile say, are left out.
  virtual Result<std::map<std::int64_t, RowText>> Data(const OpContext& ctx,
                                                       const std::vector<GameRowRef>& rows) = 0;
  /// Returns the id of a row that is archived; nullopt when nothing is.
  virtual Result<std::optional<std::string>> ArchivedSample(const OpContext& ctx) = 0;
};

}  // namespace pgattic::games
