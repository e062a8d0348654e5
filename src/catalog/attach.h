// The statements of a rollback: what a detached table needs before it can be a partition
// again, and the swap back. Their order and conditions are archive/rollback_step's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "catalog/relation.h"
#include "catalog/source_table.h"
#include "model/bounds.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// Returns the statements that are still missing before ATTACH neither fails, scans nor builds
/// an index under its lock: columns, NOT NULL, CHECK, unique keys, indexes and foreign keys
/// that the parent gained, and a CHECK of the bounds; keys and CHECK are added NOT VALID and
/// validated by statements that the next call returns. Empty: prepared. Each statement is to
/// be a transaction of its own. FailedPrecondition when the table has a column that the parent
/// has not, or of another type: whether to drop it is for a person to say.
/// Source: PostgreSQL manual, ALTER TABLE, ATTACH PARTITION.
Result<std::vector<std::string>> MissingForAttach(const OpContext& ctx, pg::Connection& connection,
                                                  const SourceTable& source,
                                                  const RelationRef& detached,
                                                  const model::Bounds& bounds);

/// Detaches the late partition, where there is one, moves its rows into `former`, attaches that,
/// and drops the late partition. REQUIRES: parent and both tables locked.
Status SwapBack(const OpContext& ctx, pg::Connection& connection, const SourceTable& source,
                const RelationRef& former, const std::optional<pg::QualifiedName>& late,
                const model::Bounds& bounds);

/// An id of which a table has fewer rows than were asked for. A plain value.
struct TooFewRows {
  std::string id;
  std::int64_t there = 0;
};

/// Returns those of `ids` of which the relation has fewer rows than the number, in decimal, at
/// the same place of `numbers`; in no order.
Result<std::vector<TooFewRows>> FindTooFewRows(const OpContext& ctx, pg::Connection& connection,
                                               const SourceTable& source,
                                               const RelationRef& relation,
                                               const std::vector<std::string>& ids,
                                               const std::vector<std::string>& numbers);

}  // namespace pgattic::catalog
