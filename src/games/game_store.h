// GameStore: a game by id, as if it had never left.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "games/game.h"
#include "games/info_reader.h"
#include "lookup/row_reader.h"

namespace pgattic::games {

/// What HealthCheck found. A plain value.
struct Health {
  struct Check {
    std::string name;  ///< "database" or "archive".
    bool ok = false;
    std::string message;  ///< What is wrong, or what was looked at.
    std::chrono::milliseconds took{0};
  };
  std::vector<Check> checks;
  bool ok() const;
};

/// Joins what `games` says of an id with its row, wherever that lies. Thread-safe: any number
/// of threads may call one store; it holds nothing but the id of the last health check. The
/// readers outlive it. Every call blocks, at most until the deadline of `ctx`.
///
/// A game that has not migrated (status 0 or NULL) is read from `games` first, every other from
/// `rows` first; neither is the only place. "Absent" is said only when all places answered.
class GameStore {
 public:
  static constexpr std::size_t kMostIds = 1000;

  GameStore(lookup::RowReader& rows, InfoReader& info) : rows_(rows), info_(info) {}

  /// Returns the game with its data. NotFound when it is absent, or erased (Origin {"pgattic",
  /// "erased"}); Unavailable when a place that may hold it does not answer. Further errors: of
  /// the request (InvalidArgument) and of `ctx` (Cancelled).
  Result<Game> Get(const OpContext& ctx, const std::string& id);

  /// Returns what can be told now: with kTemporarilyUnavailable it is the basic info, where
  /// PostgreSQL gives at least that. Errors: of the request and Cancelled only.
  Result<Game> GetWithFallback(const OpContext& ctx, const std::string& id);

  /// Returns a game for each of `ids`, in their order, as GetWithFallback does; each may be of
  /// another availability. InvalidArgument for more than kMostIds.
  Result<std::vector<Game>> GetMultiple(const OpContext& ctx, const std::vector<std::string>& ids);

  /// Asks PostgreSQL for basic info, and reads a row that was archived; one that was seen
  /// earlier while PostgreSQL is down.
  Health HealthCheck(const OpContext& ctx);

 private:
  Result<std::string> CheckDatabase(const OpContext& ctx);
  Result<std::string> CheckArchive(const OpContext& ctx);

  lookup::RowReader& rows_;
  InfoReader& info_;
  std::mutex mutex_;  ///< Guards sample_.
  std::optional<std::string> sample_;
};

}  // namespace pgattic::games
