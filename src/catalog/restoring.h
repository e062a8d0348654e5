// Restoring: what the journal knows of a restore, and the statements that load and read back the
// table it fills. Their order and conditions are archive/restore_step's.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/op_context.h"
#include "base/result.h"
#include "catalog/relation.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// How far a restore has come.
enum class RestoreStage {
  kLoading,   ///< The table stands aside and is filled.
  kAttached,  ///< It is the partition; statuses are being put back.
  kDone,      ///< Kept so that the partition is archived again by name only.
};

/// One row of pgattic.restore. A plain value.
struct RestoreRecord {
  std::int64_t archive_id = 0;
  RestoreStage stage = RestoreStage::kLoading;
  RelationRef table;
  std::optional<Fingerprint> proven;  ///< Of the table when its rows were compared.
};

/// One row of pgattic.restored_part: a part whose rows are in the table. A plain value.
struct LoadedPart {
  int number = 0;
  RowDigest digest;  ///< Of the compared columns.
};

/// Restores in the journal. Not thread-safe: one connection. Every change is made in a
/// transaction that also compares and sets the archive's revision (Journal).
class RestoreJournal {
 public:
  explicit RestoreJournal(pg::Connection& connection) : connection_(connection) {}

  Result<std::optional<RestoreRecord>> Find(const OpContext& ctx, std::int64_t archive_id);
  /// Returns the archives that were restored and not archived again since.
  Result<std::set<std::int64_t>> Held(const OpContext& ctx);
  /// Replaces whatever was there, loaded parts too.
  Status Begin(const OpContext& ctx, const RestoreRecord& record);
  Status Update(const OpContext& ctx, const RestoreRecord& record);
  Status Forget(const OpContext& ctx, std::int64_t archive_id);

  Result<std::vector<LoadedPart>> Loaded(const OpContext& ctx, std::int64_t archive_id);
  Status AddLoaded(const OpContext& ctx, std::int64_t archive_id, const LoadedPart& part);

 private:
  pg::Connection& connection_;
};

/// Returns the columns of a relation that PostgreSQL computes itself.
Result<std::vector<std::string>> GeneratedColumns(const OpContext& ctx, pg::Connection& connection,
                                                  std::uint32_t relation);

/// COPY … FROM STDIN of these columns, in binary or text format.
Status LoadRows(const OpContext& ctx, pg::Connection& connection, const pg::QualifiedName& table,
                const std::vector<std::string>& columns, bool is_binary,
                const std::function<Status(const pg::Connection::CopySink&)>& produce);

/// True when the relation holds a row.
Result<bool> HasRows(const OpContext& ctx, pg::Connection& connection,
                     const pg::QualifiedName& name);
/// ANALYZE, so that the planner knows a table that nobody used before.
Status Analyze(const OpContext& ctx, pg::Connection& connection, const pg::QualifiedName& name);

}  // namespace pgattic::catalog
