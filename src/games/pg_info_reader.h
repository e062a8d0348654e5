// PgInfoReader: basic info out of PostgreSQL.
#pragma once

#include <chrono>
#include <functional>

#include "games/info_reader.h"
#include "pg/connection_pool.h"
#include "pg/identifier.h"

namespace pgattic::games {

struct PgInfoOptions {
  pg::ConnectOptions connect;
  /// The source, past_games; `games`, `game_players` and `game_documents` lie in its schema.
  pg::QualifiedName source;
  /// More callers wait for each other.
  int most_connections = 4;
  /// Of one call, connecting included: a server that hangs leaves the caller time for the
  /// archive.
  std::chrono::milliseconds time_limit{2000};
};

/// Sessions are opened when needed and again after they were lost, so a server that is down
/// costs errors only while it is. Thread-safe.
class PgInfoReader final : public InfoReader {
 public:
  explicit PgInfoReader(PgInfoOptions options);

  Result<std::map<std::string, GameEntry>> Games(const OpContext& ctx,
                                                 const std::vector<std::string>& ids) override;
  Result<std::map<std::string, std::vector<GamePlayer>>> Players(
      const OpContext& ctx, const std::vector<std::string>& ids) override;
  Result<std::map<std::int64_t, RowText>> Data(const OpContext& ctx,
                                               const std::vector<GameRowRef>& rows) override;
  Result<std::optional<std::string>> ArchivedSample(const OpContext& ctx) override;

 private:
  const PgInfoOptions options_;
  pg::ConnectionPool pool_;
};

}  // namespace pgattic::games
