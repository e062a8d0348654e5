// Hazards of values: types and encodings whose text would not mean the same later.
#include "catalog/hazard_probes.h"

namespace pgattic::catalog {
namespace {

// Base types of the partition's columns, through domains, arrays and composites, that are a
// name for an oid of this server.
constexpr const char* kRegTypesSql = R"sql(
WITH RECURSIVE types(attname, oid) AS (
  SELECT attname, atttypid FROM pg_attribute
  WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped
  UNION
  SELECT types.attname, reached.oid FROM types JOIN pg_type t ON t.oid = types.oid
  CROSS JOIN LATERAL (
    SELECT t.typelem UNION ALL SELECT t.typbasetype
    UNION ALL SELECT a.atttypid FROM pg_attribute a
              WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
  ) reached(oid) WHERE reached.oid <> 0)
SELECT format('%I is of type %s', attname, format_type(oid, NULL)) FROM types
WHERE oid IN ('regproc'::regtype, 'regprocedure'::regtype, 'regoper'::regtype,
              'regoperator'::regtype, 'regclass'::regtype, 'regtype'::regtype,
              'regconfig'::regtype, 'regdictionary'::regtype, 'regrole'::regtype,
              'regnamespace'::regtype, 'regcollation'::regtype) ORDER BY 1)sql";

constexpr const char* kEncodingSql =
    "SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()";

}  // namespace

Status AddRegTypes(const OpContext& ctx, pg::Connection& connection, const Partition& partition,
                   std::vector<Hazard>& hazards) {
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult rows,
                           connection.Exec(ctx, kRegTypesSql, {std::to_string(partition.oid)}));
  for (int i = 0; i < rows.rows(); ++i) {
    hazards.push_back({"oid_alias",
                       "column " + rows.Text(i, 0) +
                           ": its text names an object of today's catalog and could mean another "
                           "one later; change the column to text or oid",
                       true});
  }
  return Status::Ok();
}

Status AddEncoding(const OpContext& ctx, pg::Connection& connection, const SourceTable& source,
                   std::vector<Hazard>& hazards) {
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult row, connection.Exec(ctx, kEncodingSql));
  const std::string encoding = row.Text(0, 0);
  if (encoding == "UTF8") return Status::Ok();
  if (encoding == "SQL_ASCII") {
    hazards.push_back({"encoding",
                       "the database's encoding is SQL_ASCII: nobody knows what its bytes mean; "
                       "move it to a database of a real encoding",
                       true});
  } else if (source.id_kind == IdKind::kText) {
    hazards.push_back({"encoding",
                       "the database's encoding is " + encoding +
                           ", in which ids of type text sort otherwise than in UTF8; move it to a "
                           "database of encoding UTF8",
                       true});
  }
  return Status::Ok();
}

}  // namespace pgattic::catalog
