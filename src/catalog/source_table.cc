#include "catalog/source_table.h"

#include <algorithm>

namespace pgattic::catalog {
namespace {

constexpr const char* kSourceSql = R"sql(
SELECT c.oid, c.relkind, pt.partstrat, pt.partnatts, pt.partattrs[0],
       pg_get_userbyid(c.relowner), a.attname, a.atttypid::regtype::text, current_database()
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_partitioned_table pt ON pt.partrelid = c.oid
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = pt.partattrs[0]
                        AND pt.partattrs[0] > 0
WHERE n.nspname = $1 AND c.relname = $2)sql";

// Domains are followed to their base type, whose binary form COPY sends.
constexpr const char* kIdColumnSql = R"sql(
WITH RECURSIVE base AS (
  SELECT t.oid, t.typtype, t.typbasetype FROM pg_type t
  JOIN pg_attribute a ON a.atttypid = t.oid
  WHERE a.attrelid = $1::oid AND a.attname = $2 AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT t.oid, t.typtype, t.typbasetype FROM base b JOIN pg_type t ON t.oid = b.typbasetype
  WHERE b.typtype = 'd')
SELECT (SELECT oid::int8 FROM base WHERE typtype <> 'd'), NOT a.attnotnull OR EXISTS (
         SELECT FROM pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype = 'n'
         AND NOT k.convalidated AND a.attnum = ANY (k.conkey)),
       coalesce(co.collisdeterministic, true), format_type(a.atttypid, a.atttypmod)
FROM pg_attribute a LEFT JOIN pg_collation co ON co.oid = a.attcollation
WHERE a.attrelid = $1::oid AND a.attname = $2 AND a.attnum > 0 AND NOT a.attisdropped)sql";

constexpr const char* kPartitionsSql = R"sql(
SELECT c.oid, n.nspname, c.relname, pg_get_expr(c.relpartbound, c.oid), c.relkind,
       greatest(c.reltuples, 0)::int8,
       c.relpages::int8 * current_setting('block_size')::int8,
       has_table_privilege(c.oid, 'SELECT')
FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE i.inhparent = $1::oid AND NOT i.inhdetachpending
ORDER BY n.nspname, c.relname)sql";

// A NOT NULL of PostgreSQL 18 may be NOT VALID: then NULLs are there.
constexpr const char* kColumnsSql = R"sql(
WITH RECURSIVE chain AS (
  SELECT a.attnum, t.oid, t.typtype, t.typbasetype,
         CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END AS typmod
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
  WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT b.attnum, t.oid, t.typtype, t.typbasetype,
         CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE b.typmod END
  FROM chain b JOIN pg_type t ON t.oid = b.typbasetype WHERE b.typtype = 'd')
SELECT a.attname, chain.oid::int8, chain.typmod, format_type(a.atttypid, a.atttypmod),
       NOT a.attnotnull OR EXISTS (
         SELECT FROM pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype = 'n'
         AND NOT k.convalidated AND a.attnum = ANY (k.conkey))
FROM pg_attribute a JOIN chain ON chain.attnum = a.attnum AND chain.typtype <> 'd'
WHERE a.attrelid = $1::oid ORDER BY a.attnum)sql";

Status Refuse(std::string message) {
  return {Code::kFailedPrecondition, std::move(message) + "; nothing was changed"};
}

Result<std::string> PartitionTypeOf(const std::string& regtype) {
  if (regtype == "date") return std::string("date");
  if (regtype == "timestamp without time zone") return std::string("timestamp");
  if (regtype == "timestamp with time zone") return std::string("timestamptz");
  return Refuse("the partition column is of type " + regtype +
                "; only date, timestamp and timestamptz can be archived by age");
}

Result<IdKind> IdKindOf(std::int64_t type_oid, const std::string& type_name) {
  switch (type_oid) {
    case 20:
    case 21:
    case 23:
      return IdKind::kInteger;
    case 25:
    case 1043:
      return IdKind::kText;
    case 2950:
      return IdKind::kUuid;
    default:
      return Refuse("the id column is of type " + type_name +
                    "; text, varchar, uuid and integer types can be ids");
  }
}

Status CheckPartitioning(const pg::QueryResult& row, const std::string& name) {
  if (row.Text(0, 1) != "p") {
    return Refuse(name +
                  " is not a partitioned table; name the parent, declared PARTITION "
                  "BY RANGE");
  }
  if (row.Text(0, 2) != "r") {
    return Refuse(name + " is partitioned by " + (row.Text(0, 2) == "l" ? "LIST" : "HASH") +
                  "; only PARTITION BY RANGE can be archived by age");
  }
  if (row.Int(0, 3) != 1) {
    return Refuse(name + " is partitioned by several columns; only one can be archived by age");
  }
  if (row.Int(0, 4) == 0) {
    return Refuse(name +
                  " is partitioned by an expression; only a plain date, timestamp or "
                  "timestamptz column can be archived by age");
  }
  return Status::Ok();
}

Status LoadIdColumn(const OpContext& ctx, pg::Connection& connection, SourceTable& source) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx, kIdColumnSql, {std::to_string(source.oid), source.id_column}));
  if (row.empty()) {
    return Refuse(source.id.Name() + " has no column \"" + source.id_column +
                  "\"; set id_column to the column that names a row");
  }
  if (!row.Bool(0, 2)) {
    return Refuse("the id column \"" + source.id_column +
                  "\" has a nondeterministic collation: ids that look equal have different "
                  "bytes, and a lookup could answer \"absent\" for a row that is there");
  }
  source.id_nullable = row.Bool(0, 1);
  PGATTIC_ASSIGN_OR_RETURN(source.id_kind, IdKindOf(row.Int(0, 0), row.Text(0, 3)));
  return Status::Ok();
}

}  // namespace

std::string SourceTable::IdExpression(const std::string& alias) const {
  std::string column = alias + "." + pg::Identifier(id_column).Quoted();
  switch (id_kind) {
    case IdKind::kInteger:
      return column + "::bigint";
    case IdKind::kUuid:
      return column + "::text COLLATE \"C\"";
    case IdKind::kText:
      return column + " COLLATE \"C\"";
  }
  return column;
}

std::string SourceTable::IdParameterType() const {
  return id_kind == IdKind::kInteger ? "bigint" : "text";
}

std::string SourceTable::IdArrayType() const {
  switch (id_kind) {
    case IdKind::kInteger:
      return "bigint[]";
    case IdKind::kUuid:
      return "uuid[]";
    case IdKind::kText:
      break;
  }
  return "text[]";
}

Result<SourceTable> LoadSource(const OpContext& ctx, pg::Connection& connection,
                               const pg::QualifiedName& table, const std::string& id_column) {
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult row,
                           connection.Exec(ctx, kSourceSql, {table.schema, table.name}));
  if (row.empty()) {
    return Refuse("there is no table " + table.Plain() + " in this database");
  }
  PGATTIC_RETURN_IF_ERROR(CheckPartitioning(row, table.Plain()));
  SourceTable source;
  source.id = {row.Text(0, 8), table.schema, table.name};
  source.oid = static_cast<std::uint32_t>(row.Int(0, 0));
  source.owner = row.Text(0, 5);
  source.partition_column = row.Text(0, 6);
  source.id_column = id_column;
  PGATTIC_ASSIGN_OR_RETURN(source.partition_type, PartitionTypeOf(row.Text(0, 7)));
  PGATTIC_RETURN_IF_ERROR(LoadIdColumn(ctx, connection, source));
  return source;
}

namespace {

/// Returns what FROM says to read the partition. Who may read the parent alone reads that, within
/// the partition's bounds.
Result<std::string> RowsOf(const OpContext& ctx, pg::Connection& connection,
                           const SourceTable& source, const Partition& partition,
                           bool may_read_it) {
  if (may_read_it) return "ONLY " + partition.name.Quoted();
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult bounds,
      connection.Exec(ctx, "SELECT coalesce(pg_get_partition_constraintdef($1::oid), 'true')",
                      {std::to_string(partition.oid)}));
  return source.name().Quoted() + " WHERE " + bounds.Text(0, 0);
}

/// Whether the partition holds a row, and its size. A lock that somebody keeps is not waited for.
Status ProbeRows(const OpContext& ctx, pg::Connection& connection, const SourceTable& source,
                 bool may_read_it, Partition& partition) {
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(ctx, connection));
  PGATTIC_RETURN_IF_ERROR(connection.Exec(ctx, "SET LOCAL lock_timeout = '1s'").status());
  Result<std::string> rows = RowsOf(ctx, connection, source, partition, may_read_it);
  Result<pg::QueryResult> any =
      rows.ok()
          ? connection.Exec(
                ctx, "SELECT EXISTS (SELECT FROM " + *rows + "), pg_total_relation_size($1::oid)",
                {std::to_string(partition.oid)})
          : Result<pg::QueryResult>(std::move(rows).status());
  partition.is_locked = any.Is(Code::kDeferred);
  if (partition.is_locked) return Status::Ok();
  if (!any.ok()) return std::move(any).status().While("looking at " + partition.name.Plain());
  partition.is_empty = !any->Bool(0, 0);
  partition.bytes = any->Int(0, 1);
  return Status::Ok();
}

}  // namespace

Result<std::vector<Partition>> ListPartitions(const OpContext& ctx, pg::Connection& connection,
                                              const SourceTable& source) {
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult rows,
                           connection.Exec(ctx, kPartitionsSql, {std::to_string(source.oid)}));
  std::vector<Partition> partitions;
  for (int i = 0; i < rows.rows(); ++i) {
    if (rows.Text(i, 3) == "DEFAULT") continue;
    Partition partition;
    partition.oid = static_cast<std::uint32_t>(rows.Int(i, 0));
    partition.name = {rows.Text(i, 1), rows.Text(i, 2)};
    partition.kind = rows.Text(i, 4).at(0);
    partition.rows = rows.Int(i, 5);
    partition.bytes = rows.Int(i, 6);
    Result<model::Bounds> bounds = model::ParseBounds(rows.Text(i, 3));
    if (bounds.ok()) {
      partition.bounds = *bounds;
    } else {
      partition.unsupported_bounds = rows.Text(i, 3);
    }
    if (partition.kind == 'r') {
      PGATTIC_RETURN_IF_ERROR(ProbeRows(ctx, connection, source, rows.Bool(i, 7), partition));
    }
    partitions.push_back(std::move(partition));
  }
  std::stable_sort(partitions.begin(), partitions.end(), [](const auto& a, const auto& b) {
    if (a.unsupported_bounds.empty() != b.unsupported_bounds.empty()) {
      return a.unsupported_bounds.empty();
    }
    return a.bounds.from_us < b.bounds.from_us;
  });
  return partitions;
}

Result<std::optional<Partition>> FindPartition(const OpContext& ctx, pg::Connection& connection,
                                               const SourceTable& source, std::uint32_t oid) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx,
                      "SELECT n.nspname, c.relname, pg_get_expr(c.relpartbound, c.oid), c.relkind "
                      "FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace "
                      "n ON n.oid = c.relnamespace WHERE i.inhparent = $1::oid AND i.inhrelid = "
                      "$2::oid AND NOT i.inhdetachpending",
                      {std::to_string(source.oid), std::to_string(oid)}));
  if (row.empty()) return std::optional<Partition>();
  Partition partition;
  partition.oid = oid;
  partition.name = {row.Text(0, 0), row.Text(0, 1)};
  partition.kind = row.Text(0, 3).at(0);
  PGATTIC_ASSIGN_OR_RETURN(partition.bounds, model::ParseBounds(row.Text(0, 2)));
  return std::optional<Partition>(std::move(partition));
}

Result<model::TableSchema> LoadColumns(const OpContext& ctx, pg::Connection& connection,
                                       std::uint32_t relation, const std::string& id_column,
                                       const std::vector<std::string>& text_columns) {
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult rows,
                           connection.Exec(ctx, kColumnsSql, {std::to_string(relation)}));
  model::TableSchema schema;
  schema.id_index = static_cast<std::size_t>(rows.rows());
  for (int i = 0; i < rows.rows(); ++i) {
    model::Column column;
    column.name = rows.Text(i, 0);
    column.type.oid = static_cast<std::uint32_t>(rows.Int(i, 1));
    column.type.typmod = static_cast<std::int32_t>(rows.Int(i, 2));
    column.type.formatted = rows.Text(i, 3);
    column.nullable = rows.Bool(i, 4);
    const bool as_text =
        std::find(text_columns.begin(), text_columns.end(), column.name) != text_columns.end();
    column.transport = as_text ? model::Transport::kText : model::TransportOf(column.type);
    if (column.name == id_column) schema.id_index = static_cast<std::size_t>(i);
    schema.columns.push_back(std::move(column));
  }
  if (schema.id_index == schema.columns.size()) {
    return Refuse("the partition has no column \"" + id_column + "\"");
  }
  return schema;
}

Result<ServerIdentity> LoadServerIdentity(const OpContext& ctx, pg::Connection& connection) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx,
                      "SELECT (SELECT system_identifier::text FROM pg_control_system()), "
                      // The control file learns of a promotion at the next checkpoint only.
                      "CASE WHEN pg_is_in_recovery() THEN (SELECT timeline_id FROM "
                      "pg_control_checkpoint()) ELSE ('x' || substr(pg_walfile_name("
                      "pg_current_wal_lsn()), 1, 8))::bit(32)::int8 END, "
                      "CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() "
                      "ELSE pg_current_wal_lsn() END"));
  return ServerIdentity{row.Text(0, 0), row.Int(0, 1), row.Text(0, 2)};
}

Result<bool> IsBehind(const OpContext& ctx, pg::Connection& connection, const std::string& lsn) {
  if (lsn.empty()) return false;
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult row,
                           connection.Exec(ctx, "SELECT pg_current_wal_lsn() < $1::pg_lsn", {lsn}));
  return row.Bool(0, 0);
}

Result<std::int64_t> DatabaseSize(const OpContext& ctx, pg::Connection& connection) {
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult row,
                           connection.Exec(ctx, "SELECT pg_database_size(current_database())"));
  return row.Int(0, 0);
}

}  // namespace pgattic::catalog
