// Look: one pass over all places for a set of ids. For GameStore alone.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "games/game.h"
#include "games/info_reader.h"
#include "lookup/row_reader.h"

namespace pgattic::games {

/// Finds the games of one call. Used once, by one thread; the readers outlive it.
class Look {
 public:
  Look(const OpContext& ctx, lookup::RowReader& rows, InfoReader& info)
      : ctx_(ctx), rows_(rows), info_(info) {}

  /// Returns a game for each id. REQUIRES: possible ids, each once. Errors: InvalidArgument and
  /// Cancelled; a place that does not answer makes games kTemporarilyUnavailable.
  Result<std::map<std::string, Game>> Run(const std::vector<std::string>& ids);

 private:
  void ReadInfo(const std::vector<std::string>& ids);
  /// Ids whose data were not found in `games`.
  struct NotTaken {
    std::vector<std::string> cleared;  ///< The row holds none, or is gone.
    std::vector<std::string> unread;   ///< Nothing is known; kTemporarilyUnavailable until then.
  };
  NotTaken TakeFromGames(const std::vector<std::string>& ids);
  /// Asks the other places. Errors as of Run.
  Status AskRows(const std::vector<std::string>& ids);
  /// Leaves time to read `games` where that is the other place.
  OpContext ContextOfRows(const std::vector<std::string>& ids) const;
  void Apply(lookup::Answer answer);
  void PutPlayers(Result<std::map<std::string, std::vector<GamePlayer>>> players);
  /// What `games` says of the time of a game, if it says anything.
  std::optional<std::string> TimeOf(const std::string& id) const;
  void Finish(Game& game) const;
  bool MayHoldData(const std::string& id) const;

  const OpContext& ctx_;
  lookup::RowReader& rows_;
  InfoReader& info_;
  std::map<std::string, Game> games_;
  std::map<std::string, GameEntry> entries_;
  bool games_answered_ = false;  ///< The table of that name.
};

}  // namespace pgattic::games
