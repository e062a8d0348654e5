// Hazards of access: privileges that a later step needs, looked at before the first one.
#include "catalog/hazard_probes.h"

namespace pgattic::catalog {
namespace {

// $1 the partition, $2 the owner, $3 the schema that late partitions are made in.
constexpr const char* kAccessSql = R"sql(
SELECT format('may not read the partition; GRANT %I TO %I', $2::text, current_user)
WHERE NOT has_table_privilege($1::oid, 'SELECT')
UNION ALL
SELECT format('is no member of the table''s owner; GRANT %I TO %I', $2::text, current_user)
WHERE NOT pg_has_role($2::name, 'MEMBER')
UNION ALL
SELECT format('acts as %s, who may not create the late partition; GRANT CREATE ON SCHEMA %I TO %I',
              $2::text, $3::text, $2::text)
WHERE NOT has_schema_privilege($2::name, $3::text, 'CREATE'))sql";

// $1 the quoted name of games; nothing where there is no such table.
constexpr const char* kGamesAccessSql = R"sql(
SELECT format('may not mark games; GRANT SELECT, UPDATE (migration_status) ON %s TO %I',
              $1::text, current_user)
FROM (SELECT to_regclass($1) AS games) g
WHERE games IS NOT NULL AND EXISTS (
  SELECT FROM pg_attribute WHERE attrelid = games AND attname = 'migration_status'
  AND NOT attisdropped)
AND NOT (has_table_privilege(games, 'SELECT')
         AND has_column_privilege(games, 'migration_status', 'UPDATE')))sql";

Status AddRows(Result<pg::QueryResult> rows, std::vector<Hazard>& hazards) {
  if (!rows.ok()) return std::move(rows).status();
  for (int i = 0; i < rows->rows(); ++i) {
    hazards.push_back({"privilege", "this role " + rows->Text(i, 0), true});
  }
  return Status::Ok();
}

}  // namespace

Status AddMissingAccess(const OpContext& ctx, pg::Connection& connection, const SourceTable& source,
                        const Partition& partition, bool marks_games,
                        std::vector<Hazard>& hazards) {
  PGATTIC_RETURN_IF_ERROR(
      AddRows(connection.Exec(ctx, kAccessSql,
                              {std::to_string(partition.oid), source.owner, partition.name.schema}),
              hazards));
  if (!marks_games) return Status::Ok();
  const pg::QualifiedName games{source.id.schema, "games"};
  return AddRows(connection.Exec(ctx, kGamesAccessSql, {games.Quoted()}), hazards);
}

}  // namespace pgattic::catalog
