// The statuses of the games profile: games.migration_status and nothing else of games.
#pragma once

#include <cstdint>
#include <string>

#include "base/op_context.h"
#include "base/result.h"
#include "catalog/relation.h"
#include "catalog/source_table.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// Marks and unmarks. Both walk the archived relation block by block, so that a batch reads
/// a few thousand rows and locks as many of games. Not thread-safe.
class GameStatuses {
 public:
  static constexpr int kMigrated = 1;
  static constexpr int kCleaned = 2;
  static constexpr int kArchived = 3;

  /// `games` is the table of that name in the source's schema.
  GameStatuses(pg::Connection& connection, const SourceTable& source, const RelationRef& relation)
      : connection_(connection), source_(source), relation_(relation) {}

  /// Returns FailedPrecondition unless games has the columns that marking needs.
  Status Check(const OpContext& ctx);
  /// Returns the number of blocks of the relation, which holds about `rows`, and how many of
  /// them make a batch.
  struct Walk {
    std::int64_t blocks = 0;
    std::int64_t blocks_a_batch = 1;
  };
  Result<Walk> Plan(const OpContext& ctx, std::int64_t rows);

  /// Before the first batch of a round: keeps the status of games that are at 3 already, so
  /// that UnmarkBatch leaves them there. One statement over the whole relation.
  Status KeepArchived(const OpContext& ctx, std::int64_t archive_id, int round);

  /// Sets status 1 and 2 to 3 for the games, matched by (uuid, created_at), of the rows in
  /// blocks [first, end). Former statuses other than 1 are kept; of later rounds, all.
  /// Returns the number of games marked. REQUIRES: a transaction.
  Result<std::int64_t> MarkBatch(const OpContext& ctx, std::int64_t archive_id, int round,
                                 std::int64_t first_block, std::int64_t end_block);
  /// Puts back what MarkBatch of this round changed, for the same blocks.
  Result<std::int64_t> UnmarkBatch(const OpContext& ctx, std::int64_t archive_id, int round,
                                   std::int64_t first_block, std::int64_t end_block);
  /// Makes the kept statuses of all rounds those of the first: their rows are in one table again.
  Status MergeRounds(const OpContext& ctx, std::int64_t archive_id);
  /// Forgets the kept statuses of a round.
  Status Forget(const OpContext& ctx, std::int64_t archive_id, int round);

 private:
  std::string GamesTable() const;
  std::string BlockRows() const;
  pg::Connection& connection_;
  const SourceTable& source_;
  const RelationRef& relation_;
};

/// Returns the id of the newest transaction so far, to be compared by OldSnapshots.
Result<std::string> CurrentXid(const OpContext& ctx, pg::Connection& connection);
/// Returns who still has a snapshot that may be older than `xid`; "" for nobody.
Result<std::string> OldSnapshots(const OpContext& ctx, pg::Connection& connection,
                                 const std::string& xid);

}  // namespace pgattic::catalog
