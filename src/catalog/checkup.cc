#include "catalog/checkup.h"

namespace pgattic::catalog {
namespace {

// $1 the parent, $2 its owner. SET ROLE needs membership; reading needs it inherited.
constexpr const char* kSourceSql = R"sql(
SELECT pg_has_role(current_user, $2, 'MEMBER') AND pg_has_role(current_user, $2, 'USAGE'),
       has_schema_privilege($2, c.relnamespace, 'CREATE'),
       has_table_privilege(current_user, c.oid, 'SELECT'),
       NOT row_security_active(c.oid), current_user
FROM pg_class c WHERE c.oid = $1::oid)sql";

constexpr const char* kGamesSql = R"sql(
SELECT has_table_privilege(current_user, c.oid, 'SELECT'),
       has_column_privilege(current_user, c.oid, a.attnum, 'UPDATE')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'migration_status'
WHERE n.nspname = $1 AND c.relname = 'games')sql";

Status AddGames(const OpContext& ctx, pg::Connection& connection, const SourceTable& source,
                const std::string& role, std::vector<Privilege>& privileges) {
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult row,
                           connection.Exec(ctx, kGamesSql, {source.id.schema}));
  const std::string games = pg::QualifiedName{source.id.schema, "games"}.Quoted();
  if (row.empty()) {
    privileges.push_back({"a table " + games + " with migration_status, for profile = \"games\"",
                          false, "-- leave the profile out, or create the table"});
    return Status::Ok();
  }
  privileges.push_back(
      {"SELECT on " + games, row.Bool(0, 0), "GRANT SELECT ON " + games + " TO " + role});
  privileges.push_back({"UPDATE (migration_status) on " + games, row.Bool(0, 1),
                        "GRANT UPDATE (migration_status) ON " + games + " TO " + role});
  return Status::Ok();
}

}  // namespace

Result<std::vector<Privilege>> CheckPrivileges(const OpContext& ctx, pg::Connection& connection,
                                               const SourceTable& source, bool is_games) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx, kSourceSql, {std::to_string(source.oid), source.owner}));
  if (row.empty()) {
    return {Code::kFailedPrecondition,
            source.id.Name() + " was dropped meanwhile; look at the configuration"};
  }
  const std::string role = pg::Identifier(row.Text(0, 4)).Quoted();
  const std::string owner = pg::Identifier(source.owner).Quoted();
  const std::string table = source.name().Quoted();
  const std::string schema = pg::Identifier(source.id.schema).Quoted();
  std::vector<Privilege> privileges = {
      {"membership in " + owner + ", which owns " + table, row.Bool(0, 0),
       "GRANT " + owner + " TO " + role},
      {"CREATE on schema " + schema + " for " + owner + " (late partitions)", row.Bool(0, 1),
       "GRANT CREATE ON SCHEMA " + schema + " TO " + owner},
      {"SELECT on " + table, row.Bool(0, 2), "GRANT " + owner + " TO " + role},
      {"all rows of " + table + ", none hidden by row level security", row.Bool(0, 3),
       "ALTER ROLE " + role + " BYPASSRLS"}};
  if (is_games) PGATTIC_RETURN_IF_ERROR(AddGames(ctx, connection, source, role, privileges));
  return privileges;
}

Result<WallTime> ServerTime(const OpContext& ctx, pg::Connection& connection) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx, "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::int8"));
  return WallTime(std::chrono::microseconds(row.Int(0, 0)));
}

Result<bool> WouldBeDeferredForChanges(const OpContext& ctx, pg::Connection& connection,
                                       std::uint32_t relation) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx,
                      "SELECT EXISTS (SELECT FROM pgattic.look WHERE relation_oid = $1::bigint AND "
                      "(pg_stat_get_tuples_updated($1::oid) > updates OR "
                      "pg_stat_get_tuples_deleted($1::oid) > deletes))",
                      {std::to_string(relation)}));
  return row.Bool(0, 0);
}

}  // namespace pgattic::catalog
