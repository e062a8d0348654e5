#include "catalog/relation.h"

#include <algorithm>
#include <span>

#include "base/hash.h"

namespace pgattic::catalog {
namespace {

constexpr std::uint32_t kCharOid = 18;
constexpr std::uint32_t kMoneyOid = 790;
// A select list has 1664 columns at most, and each range takes two.
constexpr std::size_t kRangesAScan = 500;
constexpr const char* kTupleHash = "hash_record_extended(row(t.ctid, t.xmin), 0)";

constexpr const char* kSchemaSql = R"sql(
WITH RECURSIVE types(oid) AS (
  SELECT atttypid FROM pg_attribute WHERE attrelid = $1::oid AND attnum > 0 AND atttypid <> 0
  UNION
  SELECT reached.oid FROM types JOIN pg_type t ON t.oid = types.oid
  CROSS JOIN LATERAL (
    SELECT t.typelem UNION ALL SELECT t.typbasetype
    UNION ALL SELECT a.atttypid FROM pg_attribute a
              WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE t.oid IN (r.rngtypid, r.rngmultitypid)
  ) reached(oid) WHERE reached.oid <> 0)
SELECT $1::oid::text
  || coalesce((SELECT string_agg(concat_ws(',', attnum, quote_ident(attname), atttypid,
       atttypmod, attcollation, attnotnull, attgenerated, attisdropped, atthasmissing,
       attmissingval::text), ';' ORDER BY attnum)
     FROM pg_attribute WHERE attrelid = $1::oid AND attnum > 0), '')
  || coalesce((SELECT string_agg(concat_ws(',', e.enumtypid, e.enumsortorder,
       quote_ident(e.enumlabel)), ';' ORDER BY e.enumtypid, e.enumsortorder)
     FROM pg_enum e WHERE e.enumtypid IN (SELECT oid FROM types)), '')
  || coalesce((SELECT string_agg(concat_ws(',', t.oid, a.attnum, quote_ident(a.attname),
       a.atttypid, a.atttypmod, a.attisdropped), ';' ORDER BY t.oid, a.attnum)
     FROM pg_type t JOIN pg_attribute a ON a.attrelid = t.typrelid AND a.attnum > 0
     WHERE t.oid IN (SELECT oid FROM types)), '')
  || coalesce((SELECT string_agg(concat_ws(',', t.oid, t.typtypmod, t.typcollation), ';'
       ORDER BY t.oid)
     FROM pg_type t WHERE t.oid IN (SELECT oid FROM types) AND t.typtype = 'd'), '')
  || coalesce((SELECT string_agg(concat_ws(',', d.adnum, pg_get_expr(d.adbin, d.adrelid)), ';'
       ORDER BY d.adnum)
     FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
     WHERE d.adrelid = $1::oid AND a.attgenerated <> ''), ''))sql";

/// Returns the column as its type's output function gives it. `::text` differs from that for
/// bool, bpchar and inet; IS NULL differs from being NULL for composites. A "char" above 127
/// is printed as PostgreSQL 16 prints it, \303: before, it was a byte that is no text.
std::string OutputText(const model::Column& column, const std::string& name) {
  std::string high;
  if (column.type.oid == kCharOid) {
    const std::string byte = "(" + name + "::int4 & 255)";
    high = " WHEN " + name + "::int4 < 0 THEN '\\' || (" + byte + " >> 6) || (" + byte +
           " >> 3 & 7) || (" + byte + " & 7)";
  }
  return "CASE" + high + " WHEN num_nulls(" + name + ") = 0 THEN format('%s', " + name + ") END";
}

/// As OutputText, but money: its text depends on lc_monetary.
std::string SampleExpression(const model::Column& column) {
  const std::string name = "t." + pg::Identifier(column.name).Quoted();
  if (column.type.oid == kMoneyOid && column.transport == model::Transport::kMoney) {
    return "(" + name + "::numeric * power(10::numeric, scale(0::money::numeric)))::bigint::text";
  }
  return OutputText(column, name);
}

/// Returns what is true of values that the transport cannot hold; "" when it holds all.
std::string OutOfRange(model::Transport transport, const std::string& name) {
  using enum model::Transport;
  if (transport == kDate || transport == kTimestamp || transport == kTimestampTz) {
    return "NOT isfinite(" + name + ") OR " + name + " < '0001-01-01' OR " + name +
           " >= '10000-01-01'";
  }
  if (transport == kTime) return name + " = '24:00'";
  return transport == kDecimal ? name + " = 'NaN'" : "";
}

/// Returns " AND …" for the range, or "".
std::string RangePredicate(const SourceTable& source, const IdRange& range) {
  const std::string id = source.IdExpression("t");
  const std::string type = source.IdParameterType();
  std::string predicate;
  if (range.from) predicate += " AND " + id + " >= " + pg::QuoteLiteral(*range.from) + "::" + type;
  if (range.to) predicate += " AND " + id + " < " + pg::QuoteLiteral(*range.to) + "::" + type;
  return predicate;
}

std::string CopySql(const CopyRequest& request) {
  const auto& [source, relation, schema, range] = request;
  std::string inner;
  std::string names;
  std::string outer;
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    const model::Column& column = schema.columns[i];
    const std::string name = "c" + std::to_string(i);
    inner += "t." + pg::Identifier(column.name).Quoted() + ", ";
    names += name + ", ";
    outer += CopyExpression(column, "s." + name) + ", ";
  }
  // OFFSET 0 keeps the casts above the sort.
  return "COPY (SELECT " + outer + "s.fingerprint FROM (SELECT " + inner + kTupleHash +
         " FROM ONLY " + relation.name.Quoted() + " AS t WHERE true" +
         RangePredicate(source, range) + " ORDER BY " + source.IdExpression("t") + ", t." +
         pg::Identifier(source.partition_column).Quoted() + ", t.ctid OFFSET 0) AS s(" + names +
         "fingerprint)) TO STDOUT (FORMAT binary)";
}

}  // namespace

std::string CopyExpression(const model::Column& column, const std::string& name) {
  return column.transport == model::Transport::kText ? OutputText(column, name) : name;
}

std::string OutputColumns(const model::TableSchema& schema) {
  std::string columns;
  for (const model::Column& column : schema.columns) {
    columns += (columns.empty() ? "" : ", ") + SampleExpression(column);
  }
  return columns;
}

std::string ArrayLiteral(const std::vector<std::string>& values) {
  std::string text = "{";
  for (const std::string& value : values) {
    if (text.size() > 1) text += ',';
    text += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text + "}";
}

Status LockForReading(const OpContext& ctx, pg::Connection& connection,
                      const RelationRef& relation) {
  PGATTIC_RETURN_IF_ERROR(
      connection.Exec(ctx, "LOCK TABLE ONLY " + relation.name.Quoted() + " IN ACCESS SHARE MODE")
          .status()
          .While("locking " + relation.name.Plain() + " for reading"));
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult same,
      connection.Exec(ctx, "SELECT to_regclass($1)::oid IS NOT DISTINCT FROM $2::oid",
                      {relation.name.Quoted(), std::to_string(relation.oid)}));
  if (same.Bool(0, 0)) return Status::Ok();
  return {Code::kFailedPrecondition,
          relation.name.Plain() +
              " is no longer the table that was planned: somebody dropped or replaced it; "
              "nothing was changed. `pgattic rollback` forgets this archive"};
}

Result<std::vector<std::string>> OutOfRangeColumns(const OpContext& ctx, pg::Connection& connection,
                                                   const RelationRef& relation,
                                                   const model::TableSchema& schema) {
  std::vector<std::string> names;
  std::string sql;
  for (const model::Column& column : schema.columns) {
    const std::string name = "t." + pg::Identifier(column.name).Quoted();
    const std::string predicate = OutOfRange(column.transport, name);
    if (predicate.empty()) continue;
    sql += (sql.empty() ? "SELECT " : ", ") + ("coalesce(bool_or(" + predicate + "), false)");
    names.push_back(column.name);
  }
  if (names.empty()) return names;
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx, sql + " FROM ONLY " + relation.name.Quoted() + " AS t"));
  std::vector<std::string> found;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (row.Bool(0, static_cast<int>(i))) found.push_back(names[i]);
  }
  return found;
}

Result<std::int64_t> CountRows(const OpContext& ctx, pg::Connection& connection,
                               const RelationRef& relation) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx, "SELECT count(*) FROM ONLY " + relation.name.Quoted()));
  return row.Int(0, 0);
}

Result<Fingerprint> TakeFingerprint(const OpContext& ctx, pg::Connection& connection,
                                    const RelationRef& relation) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx, std::string("SELECT count(*), coalesce(sum(") + kTupleHash +
                               "), 0)::text FROM ONLY " + relation.name.Quoted() + " AS t"));
  return Fingerprint{row.Int(0, 0), row.Text(0, 1)};
}

namespace {

/// The fingerprints of a few ranges, by one scan; appended to `fingerprints`.
Status AddRangeFingerprints(const OpContext& ctx, pg::Connection& connection,
                            const SourceTable& source, const RelationRef& relation,
                            std::span<const IdRange> ranges,
                            std::vector<Fingerprint>& fingerprints) {
  std::string sql = "SELECT";
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const std::string filter = " FILTER (WHERE true" + RangePredicate(source, ranges[i]) + ")";
    sql += (i == 0 ? " count(*)" : ", count(*)") + filter + ", coalesce(sum(" + kTupleHash + ")" +
           filter + ", 0)::text";
  }
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx, sql + " FROM ONLY " + relation.name.Quoted() + " AS t"));
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const int column = static_cast<int>(2 * i);
    fingerprints.push_back({row.Int(0, column), row.Text(0, column + 1)});
  }
  return Status::Ok();
}

}  // namespace

Result<std::vector<Fingerprint>> TakeRangeFingerprints(const OpContext& ctx,
                                                       pg::Connection& connection,
                                                       const SourceTable& source,
                                                       const RelationRef& relation,
                                                       const std::vector<IdRange>& ranges) {
  std::vector<Fingerprint> fingerprints;
  const std::span<const IdRange> all(ranges);
  for (std::size_t first = 0; first < all.size(); first += kRangesAScan) {
    PGATTIC_RETURN_IF_ERROR(AddRangeFingerprints(
        ctx, connection, source, relation,
        all.subspan(first, std::min(kRangesAScan, all.size() - first)), fingerprints));
  }
  return fingerprints;
}

Result<std::string> SchemaFingerprint(const OpContext& ctx, pg::Connection& connection,
                                      std::uint32_t relation) {
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult row,
                           connection.Exec(ctx, kSchemaSql, {std::to_string(relation)}));
  return Sha256::Of(AsBytes(row.Text(0, 0)));
}

Result<std::vector<IdRange>> SplitIds(const OpContext& ctx, pg::Connection& connection,
                                      const SourceTable& source, const RelationRef& relation,
                                      int count) {
  if (count <= 1) return std::vector<IdRange>{IdRange{}};
  std::vector<std::string> fractions;
  for (int i = 1; i < count; ++i) {
    fractions.push_back(std::to_string(static_cast<double>(i) / count));
  }
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(ctx,
                      "SELECT b FROM unnest((SELECT percentile_disc($1::float8[]) "
                      "WITHIN GROUP (ORDER BY " +
                          source.IdExpression("t") + ") FROM ONLY " + relation.name.Quoted() +
                          " AS t)) AS b WHERE b IS NOT NULL "
                          "GROUP BY b ORDER BY b" +
                          (source.id_kind == IdKind::kInteger ? "" : " COLLATE \"C\""),
                      {ArrayLiteral(fractions)}));
  std::vector<IdRange> ranges{IdRange{}};
  for (int i = 0; i < rows.rows(); ++i) {
    ranges.back().to = rows.Text(i, 0);
    ranges.push_back({rows.Text(i, 0), std::nullopt});
  }
  return ranges;
}

Result<bool> HasNullIds(const OpContext& ctx, pg::Connection& connection, const SourceTable& source,
                        const RelationRef& relation) {
  if (!source.id_nullable) return false;
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx, "SELECT EXISTS (SELECT FROM ONLY " + relation.name.Quoted() + " WHERE " +
                               pg::Identifier(source.id_column).Quoted() + " IS NULL)"));
  return row.Bool(0, 0);
}

Status CopyRange(const OpContext& ctx, pg::Connection& connection, const CopyRequest& request,
                 const std::function<Status(ByteView)>& on_data) {
  return connection.CopyOut(ctx, CopySql(request), on_data);
}

Result<std::int64_t> BlockCount(const OpContext& ctx, pg::Connection& connection,
                                std::uint32_t relation) {
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult row,
                           connection.Exec(ctx,
                                           "SELECT coalesce(pg_relation_size($1::oid), 0) / "
                                           "current_setting('block_size')::int8",
                                           {std::to_string(relation)}));
  return row.Int(0, 0);
}

namespace {

Status CopyWhere(const OpContext& ctx, pg::Connection& connection, const RelationRef& relation,
                 const model::TableSchema& schema, const std::string& condition,
                 const std::function<Status(ByteView)>& on_data) {
  std::string columns;
  for (const model::Column& column : schema.columns) {
    columns += CopyExpression(column, "t." + pg::Identifier(column.name).Quoted()) + ", ";
  }
  return connection.CopyOut(ctx,
                            "COPY (SELECT " + columns + kTupleHash + " FROM ONLY " +
                                relation.name.Quoted() + " AS t WHERE " + condition +
                                ") TO STDOUT (FORMAT binary)",
                            on_data);
}

}  // namespace

Status CopyBlocks(const OpContext& ctx, pg::Connection& connection, const RelationRef& relation,
                  const model::TableSchema& schema, const BlockRange& blocks,
                  const std::function<Status(ByteView)>& on_data) {
  const auto block = [](std::int64_t number) {
    return "'(" + std::to_string(number) + ",0)'::tid";
  };
  return CopyWhere(ctx, connection, relation, schema,
                   "t.ctid >= " + block(blocks.first) +
                       (blocks.end ? " AND t.ctid < " + block(*blocks.end) : ""),
                   on_data);
}

Status CopyWritten(const OpContext& ctx, pg::Connection& connection, const RelationRef& relation,
                   const model::TableSchema& schema,
                   const std::function<Status(ByteView)>& on_data) {
  return CopyWhere(ctx, connection, relation, schema, "t.xmin = pg_current_xact_id()::xid",
                   on_data);
}

Result<std::vector<std::vector<std::optional<std::string>>>> RowsById(
    const OpContext& ctx, pg::Connection& connection, const SourceTable& source,
    const RelationRef& relation, const model::TableSchema& schema,
    const std::vector<std::string>& ids) {
  // The plain column, so that an index on it serves; uuid text is exact both ways.
  const std::string id = "t." + pg::Identifier(source.id_column).Quoted();
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(ctx,
                      "SELECT " + OutputColumns(schema) + " FROM ONLY " + relation.name.Quoted() +
                          " AS t WHERE " + id + " = ANY ($1::" + source.IdArrayType() + ")",
                      {ArrayLiteral(ids)}));
  std::vector<std::vector<std::optional<std::string>>> found;
  for (int i = 0; i < rows.rows(); ++i) {
    found.push_back(rows.Values(i, 0, schema.columns.size()));
  }
  return found;
}

}  // namespace pgattic::catalog
