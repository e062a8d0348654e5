#include "catalog/attach.h"

#include <array>

namespace pgattic::catalog {
namespace {

constexpr const char* kBoundsCheck = "pgattic_bounds";

// In all of these: $1 the parent, $2 the detached table, $3 its quoted name.

constexpr const char* kUnattachableSql = R"sql(
SELECT format('column %I, which the parent has not', c.attname)
FROM pg_attribute c WHERE c.attrelid = $2::oid AND c.attnum > 0 AND NOT c.attisdropped
  AND NOT EXISTS (SELECT FROM pg_attribute p WHERE p.attrelid = $1::oid
                  AND p.attname = c.attname AND p.attnum > 0 AND NOT p.attisdropped)
UNION ALL
SELECT format('column %I of type %s, which the parent has as %s', c.attname,
              format_type(c.atttypid, c.atttypmod), format_type(p.atttypid, p.atttypmod))
FROM pg_attribute c JOIN pg_attribute p ON p.attrelid = $1::oid AND p.attname = c.attname
WHERE c.attrelid = $2::oid AND c.attnum > 0 AND NOT c.attisdropped AND NOT p.attisdropped
  AND (c.atttypid, c.atttypmod, c.attcollation) <> (p.atttypid, p.atttypmod, p.attcollation)
  AND $3::text <> '')sql";

constexpr const char* kColumnsSql = R"sql(
SELECT format('ALTER TABLE %s ADD COLUMN %I %s%s%s%s', $3::text, p.attname,
         format_type(p.atttypid, p.atttypmod),
         CASE WHEN p.attcollation <> t.typcollation
              THEN format(' COLLATE %s', p.attcollation::regcollation) ELSE '' END,
         CASE WHEN p.attgenerated = 's'
              THEN format(' GENERATED ALWAYS AS (%s) STORED', pg_get_expr(d.adbin, d.adrelid))
              WHEN p.attgenerated <> ''
              THEN format(' GENERATED ALWAYS AS (%s)', pg_get_expr(d.adbin, d.adrelid))
              WHEN d.adbin IS NOT NULL
              THEN format(' DEFAULT %s', pg_get_expr(d.adbin, d.adrelid)) ELSE '' END,
         CASE WHEN p.attnotnull THEN ' NOT NULL' ELSE '' END)
FROM pg_attribute p JOIN pg_type t ON t.oid = p.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = p.attrelid AND d.adnum = p.attnum
WHERE p.attrelid = $1::oid AND p.attnum > 0 AND NOT p.attisdropped
  AND NOT EXISTS (SELECT FROM pg_attribute c WHERE c.attrelid = $2::oid
                  AND c.attname = p.attname AND c.attnum > 0 AND NOT c.attisdropped)
ORDER BY p.attnum)sql";

constexpr const char* kNotNullSql = R"sql(
SELECT format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', $3::text, p.attname)
FROM pg_attribute p JOIN pg_attribute c ON c.attrelid = $2::oid AND c.attname = p.attname
WHERE p.attrelid = $1::oid AND p.attnum > 0 AND NOT p.attisdropped AND NOT c.attisdropped
  AND p.attnotnull AND NOT c.attnotnull)sql";

// Foreign keys are added NOT VALID: the scan needs no lock that writers feel.
constexpr const char* kConstraintsSql = R"sql(
SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s%s', $3::text, p.conname,
              pg_get_constraintdef(p.oid),
              CASE WHEN p.contype = 'f' AND p.convalidated THEN ' NOT VALID' ELSE '' END)
FROM pg_constraint p WHERE p.conrelid = $1::oid
  AND (p.contype = 'f' OR p.contype = 'c' AND NOT p.connoinherit)
  AND NOT EXISTS (SELECT FROM pg_constraint d WHERE d.conrelid = $2::oid
                  AND d.contype = p.contype AND d.conname = p.conname)
UNION ALL
SELECT format('ALTER TABLE %s ADD %s', $3::text, pg_get_constraintdef(p.oid))
FROM pg_constraint p WHERE p.conrelid = $1::oid AND p.contype IN ('p', 'u')
  AND NOT EXISTS (SELECT FROM pg_constraint d WHERE d.conrelid = $2::oid
                  AND d.contype = p.contype
                  AND pg_get_constraintdef(d.oid) = pg_get_constraintdef(p.oid)))sql";

constexpr const char* kIndexesSql = R"sql(
SELECT format('CREATE %sINDEX ON %s%s', CASE WHEN p.indisunique THEN 'UNIQUE ' ELSE '' END,
              $3::text, substring(pg_get_indexdef(p.indexrelid) FROM ' USING .*$'))
FROM pg_index p WHERE p.indrelid = $1::oid
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = p.indexrelid
                  AND k.contype IN ('p', 'u', 'x'))
  AND NOT EXISTS (
    SELECT FROM pg_index c WHERE c.indrelid = $2::oid AND c.indisunique = p.indisunique
    AND c.indisvalid AND substring(pg_get_indexdef(c.indexrelid) FROM ' USING .*$') =
        substring(pg_get_indexdef(p.indexrelid) FROM ' USING .*$')))sql";

// Ours: the CHECK of the bounds and the parent's foreign keys; others were the user's choice.
constexpr const char* kUnvalidatedSql = R"sql(
SELECT format('ALTER TABLE %s VALIDATE CONSTRAINT %I', $3::text, c.conname)
FROM pg_constraint c WHERE c.conrelid = $2::oid AND NOT c.convalidated
  AND (c.conname = 'pgattic_bounds' OR EXISTS (
    SELECT FROM pg_constraint p WHERE p.conrelid = $1::oid AND p.contype = 'f'
    AND p.conname = c.conname AND p.convalidated)))sql";

std::string AddBoundsCheck(const SourceTable& source, const std::string& table,
                           const model::Bounds& bounds) {
  const std::string column = pg::Identifier(source.partition_column).Quoted();
  const std::string& type = source.partition_type;
  return "ALTER TABLE " + table + " ADD CONSTRAINT " + kBoundsCheck + " CHECK (" + column +
         " IS NOT NULL AND " + column + " >= " + pg::QuoteLiteral(bounds.from) + "::" + type +
         " AND " + column + " < " + pg::QuoteLiteral(bounds.to) + "::" + type + ") NOT VALID";
}

}  // namespace

Result<std::vector<std::string>> MissingForAttach(const OpContext& ctx, pg::Connection& connection,
                                                  const SourceTable& source,
                                                  const RelationRef& detached,
                                                  const model::Bounds& bounds) {
  const std::string table = detached.name.Quoted();
  const pg::Params params = {std::to_string(source.oid), std::to_string(detached.oid), table};
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult unattachable,
                           connection.Exec(ctx, kUnattachableSql, params));
  if (!unattachable.empty()) {
    return {Code::kFailedPrecondition,
            detached.name.Plain() + " cannot be attached again: it has " + unattachable.Text(0, 0) +
                "; nothing was changed. Alter the table or the parent "
                "so that they agree, then run it again"};
  }
  std::vector<std::string> statements;
  for (const char* sql :
       {kColumnsSql, kNotNullSql, kConstraintsSql, kIndexesSql, kUnvalidatedSql}) {
    PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult rows, connection.Exec(ctx, sql, params));
    for (int i = 0; i < rows.rows(); ++i) statements.push_back(rows.Text(i, 0));
  }
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult check,
      connection.Exec(ctx, "SELECT FROM pg_constraint WHERE conrelid = $1::oid AND conname = $2",
                      {std::to_string(detached.oid), kBoundsCheck}));
  if (check.empty()) statements.push_back(AddBoundsCheck(source, table, bounds));
  return statements;
}

Status SwapBack(const OpContext& ctx, pg::Connection& connection, const SourceTable& source,
                const RelationRef& former, const std::optional<pg::QualifiedName>& late,
                const model::Bounds& bounds) {
  const std::string parent = source.name().Quoted();
  const std::string table = former.name.Quoted();
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult columns,
      connection.Exec(ctx,
                      "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM "
                      "pg_attribute WHERE attrelid = $1::oid AND attnum > 0 AND NOT "
                      "attisdropped AND attgenerated = ''",
                      {std::to_string(former.oid)}));
  const std::string list = columns.Text(0, 0);
  std::vector<std::string> statements;
  if (late) {
    statements = {"ALTER TABLE " + parent + " DETACH PARTITION " + late->Quoted(),
                  "INSERT INTO " + table + " (" + list + ") OVERRIDING SYSTEM VALUE SELECT " +
                      list + " FROM ONLY " + late->Quoted()};
  }
  statements.push_back("ALTER TABLE " + parent + " ATTACH PARTITION " + table +
                       " FOR VALUES FROM (" + pg::QuoteLiteral(bounds.from) + ") TO (" +
                       pg::QuoteLiteral(bounds.to) + ")");
  statements.push_back("ALTER TABLE " + table + " DROP CONSTRAINT IF EXISTS " + kBoundsCheck);
  if (late) statements.push_back("DROP TABLE " + late->Quoted() + " RESTRICT");
  for (const std::string& statement : statements) {
    PGATTIC_RETURN_IF_ERROR(connection.Exec(ctx, statement).status());
  }
  return Status::Ok();
}

Result<std::vector<TooFewRows>> FindTooFewRows(const OpContext& ctx, pg::Connection& connection,
                                               const SourceTable& source,
                                               const RelationRef& relation,
                                               const std::vector<std::string>& ids,
                                               const std::vector<std::string>& numbers) {
  const std::string id = "t." + pg::Identifier(source.id_column).Quoted();
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(
          ctx,
          "SELECT wanted.id::text, count(" + id + ") FROM unnest($1::" + source.IdArrayType() +
              ", $2::bigint[]) AS wanted(id, number) LEFT JOIN ONLY " + relation.name.Quoted() +
              " AS t ON " + id + " = wanted.id GROUP BY wanted.id, wanted.number HAVING count(" +
              id + ") < wanted.number",
          {ArrayLiteral(ids), ArrayLiteral(numbers)}));
  std::vector<TooFewRows> found;
  for (int i = 0; i < rows.rows(); ++i) found.push_back({rows.Text(i, 0), rows.Int(i, 1)});
  return found;
}

}  // namespace pgattic::catalog
