// SourceTable: what pg_catalog says of a partitioned table and its partitions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "model/bounds.h"
#include "model/column.h"
#include "pg/connection.h"
#include "pg/identifier.h"

namespace pgattic::catalog {

/// How ids compare and how the id column enters SQL.
enum class IdKind { kText, kUuid, kInteger };

/// A partitioned table that can be archived. A plain value.
struct SourceTable {
  model::SourceId id;
  std::uint32_t oid = 0;
  std::string owner;  ///< Role that owns the table.
  std::string partition_column;
  std::string partition_type;  ///< "date", "timestamp" or "timestamptz".
  std::string id_column;
  IdKind id_kind = IdKind::kText;
  bool id_nullable = false;

  pg::QualifiedName name() const { return {id.schema, id.table}; }
  /// Returns the id of `alias` as it is sorted and cut into ranges: by bytes or by value.
  std::string IdExpression(const std::string& alias) const;
  /// Returns the SQL type that id parameters are cast to ("text" or "bigint").
  std::string IdParameterType() const;
  /// Returns the SQL type of arrays that the plain id column is compared with.
  std::string IdArrayType() const;
};

/// One child of a source. A plain value.
struct Partition {
  pg::QualifiedName name;
  std::uint32_t oid = 0;
  model::Bounds bounds;
  char kind = 'r';                 ///< pg_class.relkind
  std::int64_t rows = 0;           ///< Estimate; exact when never analysed and small.
  std::int64_t bytes = 0;          ///< Table, indexes and TOAST; the table alone when locked.
  bool is_empty = true;            ///< No row is visible.
  bool is_locked = false;          ///< Somebody keeps a lock that even readers wait for.
  std::string unsupported_bounds;  ///< The expression, where it is not one finite range.
};

/// Reads a source from the catalog. Errors: FailedPrecondition that names what is wrong
/// (no such table, not partitioned, LIST, HASH, an expression, several columns, another type
/// of partition column, no such id column, its type or collation).
Result<SourceTable> LoadSource(const OpContext& ctx, pg::Connection& connection,
                               const pg::QualifiedName& table, const std::string& id_column);

/// Returns all partitions but the DEFAULT one, oldest first, those with bounds that are not
/// a finite range at the end.
Result<std::vector<Partition>> ListPartitions(const OpContext& ctx, pg::Connection& connection,
                                              const SourceTable& source);

/// Returns name and bounds of the partition with this oid; nullopt when the source has none.
Result<std::optional<Partition>> FindPartition(const OpContext& ctx, pg::Connection& connection,
                                               const SourceTable& source, std::uint32_t oid);

/// Returns the columns of a relation in table order, dropped ones left out; a column named in
/// `text_columns` travels as text.
Result<model::TableSchema> LoadColumns(const OpContext& ctx, pg::Connection& connection,
                                       std::uint32_t relation, const std::string& id_column,
                                       const std::vector<std::string>& text_columns);

/// Who the server is: an archive is bound to it.
struct ServerIdentity {
  std::string system_identifier;
  std::int64_t timeline = 0;
  std::string lsn;  ///< Current WAL position, or the replay position of a standby.
};
Result<ServerIdentity> LoadServerIdentity(const OpContext& ctx, pg::Connection& connection);

/// True when the WAL has not come as far as `lsn`; false for "".
Result<bool> IsBehind(const OpContext& ctx, pg::Connection& connection, const std::string& lsn);

/// Returns the size of the whole database in bytes.
Result<std::int64_t> DatabaseSize(const OpContext& ctx, pg::Connection& connection);

}  // namespace pgattic::catalog
