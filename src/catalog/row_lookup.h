// What a reader asks PostgreSQL: where a row can be, and the row itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "catalog/source_table.h"
#include "model/archive_state.h"
#include "model/column.h"
#include "model/part.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// An archive that can hold a row, and those of its published parts that can. A plain value.
struct Candidate {
  std::int64_t archive_id = 0;
  model::ArchiveState state;
  std::vector<model::PartRecord> parts;
};

/// One consistent look at the journal. A plain value.
struct Candidates {
  std::vector<Candidate> archives;
  /// True when nothing that decides where rows are read differs.
  bool SameAs(const Candidates& other) const;
};

/// Returns every archive of the source whose bounds hold one of `at` (all of them when `at`
/// is empty), each with the parts to be read: the published parts of rounds that are
/// swapped, in archive order. Before its swap, a round's rows are read from the database.
Result<Candidates> FindCandidates(const OpContext& ctx, pg::Connection& connection,
                                  const SourceTable& source, const std::string& id,
                                  const std::vector<std::string>& at);

/// Returns the created_at of every row of `games` with this uuid, as text; rows without one
/// are left out. For the games profile.
Result<std::vector<std::string>> GameTimes(const OpContext& ctx, pg::Connection& connection,
                                           const SourceTable& source, const std::string& id);

/// Rows by id, oldest first, from the source's partitions, at one of the times `at` where
/// there are any. Each value is as the type's output function gives it.
Result<std::vector<std::vector<std::optional<std::string>>>> LiveRows(
    const OpContext& ctx, pg::Connection& connection, const SourceTable& source,
    const model::TableSchema& schema, const std::string& id, const std::vector<std::string>& at);

/// True when the id column's type can hold `id` at all.
bool IsPossibleId(const SourceTable& source, const std::string& id);

}  // namespace pgattic::catalog
