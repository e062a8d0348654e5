// PgInfoReader: basic info out of PostgreSQL.
#pragma once

#include <chrono>
#include <utility>

#include "games/info_reader.h"
#include "pg/identifier.h"
#include "pg/pool.h"

namespace pgattic::games {

struct PgInfoOptions {
  /// The source, past_games; `games`, `game_players` and `game_documents` lie in its schema.
  pg::QualifiedName source;
  /// Of one call, connecting included: a server that hangs leaves the caller time for the
  /// archive.
  std::chrono::milliseconds time_limit{2000};
};

/// A session is taken for each call, so a server that is down costs errors only while it is.
/// Thread-safe. The pool outlives it.
class PgInfoReader final : public InfoReader {
 public:
  PgInfoReader(pg::Pool& pool, PgInfoOptions options) : pool_(pool), options_(std::move(options)) {}

  Result<std::map<std::string, GameEntry>> Games(const OpContext& ctx,
                                                 const std::vector<std::string>& ids) override;
  Result<std::map<std::string, std::vector<GamePlayer>>> Players(
      const OpContext& ctx, const std::vector<std::string>& ids) override;
  /// In one round trip.
  BasicInfo GamesAndPlayers(const OpContext& ctx, const std::vector<std::string>& ids) override;
  Result<std::map<std::int64_t, RowText>> Data(const OpContext& ctx,
                                               const std::vector<GameRowRef>& rows) override;
  Result<std::optional<std::string>> ArchivedSample(const OpContext& ctx) override;

 private:
  pg::Pool& pool_;
  const PgInfoOptions options_;
};

}  // namespace pgattic::games
