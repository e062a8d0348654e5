// The statements that delete rows by id: from the source, or from a table that stands aside.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "catalog/relation.h"
#include "catalog/source_table.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// Returns how many rows have one of `ids`, in all partitions of the source.
Result<std::int64_t> CountRowsOf(const OpContext& ctx, pg::Connection& connection,
                                 const SourceTable& source, const std::vector<std::string>& ids);
/// The same in one table.
Result<std::int64_t> CountRowsIn(const OpContext& ctx, pg::Connection& connection,
                                 const SourceTable& source, const RelationRef& relation,
                                 const std::vector<std::string>& ids);

/// Returns the ids, as PostgreSQL writes them and each once, of the rows in partitions of the
/// source for which `condition` is true: SQL of the operator's, in which the table's columns are
/// known. At most `limit`. Nothing that it calls can write. Errors: the statement's;
/// FailedPrecondition for a row without an id.
Result<std::vector<std::string>> FindIds(const OpContext& ctx, pg::Connection& connection,
                                         const SourceTable& source, const std::string& condition,
                                         std::int64_t limit);

/// Deletes the rows with one of `ids` from all partitions of the source. Returns how many.
/// FailedPrecondition when some are still there, because of a trigger or rule. Deferred when locks
/// were not had within seconds. REQUIRES: a transaction.
Result<std::int64_t> DeleteRowsOf(const OpContext& ctx, pg::Connection& connection,
                                  const SourceTable& source, const std::vector<std::string>& ids);

/// Deletes the rows with one of `ids` from one table. Returns the fingerprint of those deleted:
/// what the table's is less by. Errors as of DeleteRowsOf. REQUIRES: a transaction.
Result<Fingerprint> DeleteRowsIn(const OpContext& ctx, pg::Connection& connection,
                                 const SourceTable& source, const RelationRef& relation,
                                 const std::vector<std::string>& ids);

/// Returns a - b, exactly.
Result<Fingerprint> Subtract(const OpContext& ctx, pg::Connection& connection, const Fingerprint& a,
                             const Fingerprint& b);

/// Returns how often rows of the archive moved: it is in the keys of the row cache.
Result<std::int64_t> RouteOf(const OpContext& ctx, pg::Connection& connection,
                             std::int64_t archive_id);

}  // namespace pgattic::catalog
