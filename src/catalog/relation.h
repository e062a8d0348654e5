// Relation: which tuples a table holds, what its schema is, and how it is exported.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "catalog/source_table.h"
#include "model/column.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// Count and sum of hash_record_extended(row(ctid, xmin), 0): which tuples a table holds.
/// Changes with every committed insert, update and delete; valid on one timeline of one
/// server only. A plain value.
struct Fingerprint {
  std::int64_t rows = 0;
  std::string sum = "0";  ///< A decimal number, exact.
  bool operator==(const Fingerprint&) const = default;
};

/// A contiguous range of ids, [from, to); nullopt is open. A plain value.
struct IdRange {
  std::optional<std::string> from;
  std::optional<std::string> to;
  bool operator==(const IdRange&) const = default;
};

/// What to read: one relation of a source. A plain value.
struct RelationRef {
  pg::QualifiedName name;
  std::uint32_t oid = 0;
};

/// LOCK TABLE ONLY … IN ACCESS SHARE MODE, and checks that the name still means the same
/// table. FailedPrecondition when somebody dropped or replaced it. REQUIRES: a transaction.
Status LockForReading(const OpContext& ctx, pg::Connection& connection,
                      const RelationRef& relation);

/// Returns the columns that hold a value outside the range of their transport (an infinite or
/// distant date, 24:00, NaN in a numeric), found by one scan of the relation.
Result<std::vector<std::string>> OutOfRangeColumns(const OpContext& ctx, pg::Connection& connection,
                                                   const RelationRef& relation,
                                                   const model::TableSchema& schema);

/// Returns how many rows the relation has, by one scan.
Result<std::int64_t> CountRows(const OpContext& ctx, pg::Connection& connection,
                               const RelationRef& relation);

/// Returns the fingerprint of the whole relation, in a statement (and snapshot) of its own.
Result<Fingerprint> TakeFingerprint(const OpContext& ctx, pg::Connection& connection,
                                    const RelationRef& relation);
/// Returns the fingerprint of the rows in each range; the ranges must not overlap.
Result<std::vector<Fingerprint>> TakeRangeFingerprints(const OpContext& ctx,
                                                       pg::Connection& connection,
                                                       const SourceTable& source,
                                                       const RelationRef& relation,
                                                       const std::vector<IdRange>& ranges);

/// Returns a hash over everything about the relation's schema that changes what its rows
/// mean: columns with type, typmod, collation, generation, dropped, missing values; labels
/// of enums; attributes of composites. Not the bounds: see ListPartitions.
Result<std::string> SchemaFingerprint(const OpContext& ctx, pg::Connection& connection,
                                      std::uint32_t relation);

/// Cuts the ids into `count` ranges of about equal numbers of rows (fewer, when ids repeat).
Result<std::vector<IdRange>> SplitIds(const OpContext& ctx, pg::Connection& connection,
                                      const SourceTable& source, const RelationRef& relation,
                                      int count);

/// True when some row has no id.
Result<bool> HasNullIds(const OpContext& ctx, pg::Connection& connection, const SourceTable& source,
                        const RelationRef& relation);

/// Which rows and columns CopyRange streams. References for the length of the call.
struct CopyRequest {
  const SourceTable& source;
  const RelationRef& relation;
  const model::TableSchema& schema;
  const IdRange& range;
};

/// Streams the rows of a range, sorted by id, as COPY … (FORMAT binary): the columns as
/// their Transport says, then the fingerprint of each tuple. REQUIRES: a transaction that
/// holds LockForReading.
Status CopyRange(const OpContext& ctx, pg::Connection& connection, const CopyRequest& request,
                 const std::function<Status(ByteView)>& on_data);

/// Returns how many blocks the relation's main fork has.
Result<std::int64_t> BlockCount(const OpContext& ctx, pg::Connection& connection,
                                std::uint32_t relation);
/// Blocks [first, end); without `end`, to the relation's end.
struct BlockRange {
  std::int64_t first = 0;
  std::optional<std::int64_t> end = {};
};
/// Streams the rows in these blocks as CopyRange does, but in no order.
Status CopyBlocks(const OpContext& ctx, pg::Connection& connection, const RelationRef& relation,
                  const model::TableSchema& schema, const BlockRange& blocks,
                  const std::function<Status(ByteView)>& on_data);

/// The same of the rows that the transaction at hand wrote.
Status CopyWritten(const OpContext& ctx, pg::Connection& connection, const RelationRef& relation,
                   const model::TableSchema& schema,
                   const std::function<Status(ByteView)>& on_data);

/// Returns, for each row with one of `ids`, the columns as PostgreSQL's output functions
/// give them (money as its int64), in the order of the schema.
Result<std::vector<std::vector<std::optional<std::string>>>> RowsById(
    const OpContext& ctx, pg::Connection& connection, const SourceTable& source,
    const RelationRef& relation, const model::TableSchema& schema,
    const std::vector<std::string>& ids);

/// Returns the select list of RowsById, of a relation with the alias t.
std::string OutputColumns(const model::TableSchema& schema);

/// Returns the expression with which COPY … (FORMAT binary) gives the column `name` as its
/// Transport says.
std::string CopyExpression(const model::Column& column, const std::string& name);

/// Returns `values` as the text of a PostgreSQL array.
std::string ArrayLiteral(const std::vector<std::string>& values);

}  // namespace pgattic::catalog
