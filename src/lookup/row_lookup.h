// RowLookup: a row by id, wherever it lies: database or archive (DESIGN 7).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "catalog/row_lookup.h"
#include "catalog/source_table.h"
#include "lookup/point_reader.h"
#include "lookup/row_reader.h"
#include "pg/connection.h"

namespace pgattic::lookup {

/// Looks rows of one source up. Not thread-safe. `connection` must not be in a transaction:
/// every statement needs a snapshot of its own.
class RowLookup {
 public:
  RowLookup(pg::Connection& connection, PointReader& reader, const catalog::SourceTable& source,
            bool is_games)
      : connection_(connection), reader_(reader), source_(source), is_games_(is_games) {}

  /// Returns the row of `id`, at `created_at` where given. "Absent" is said only when it is
  /// known: both tiers were asked, and what the journal says did not change meanwhile.
  /// Errors: only those of the request itself; a tier that is down makes the answer
  /// kTemporarilyUnavailable.
  Result<Answer> Get(const OpContext& ctx, const std::string& id,
                     const std::optional<std::string>& created_at);

 private:
  using Found = Result<std::optional<Answer>>;  ///< nullopt: the place answered, no such row.

  /// One pass over both tiers.
  Found TryOnce(const OpContext& ctx, const std::string& id, const std::vector<std::string>& at,
                const catalog::Candidates& candidates);
  Found FromDatabase(const OpContext& ctx, const std::string& id,
                     const std::vector<std::string>& at);
  Found FromArchive(const OpContext& ctx, const std::string& id, const std::vector<std::string>& at,
                    const catalog::Candidates& candidates);
  bool IsAt(const columnar::Footer& footer, const columnar::Row& row,
            const std::vector<std::string>& at) const;

  pg::Connection& connection_;
  PointReader& reader_;
  const catalog::SourceTable& source_;
  const bool is_games_;
  std::optional<model::TableSchema> schema_;
};

}  // namespace pgattic::lookup
