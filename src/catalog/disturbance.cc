#include "catalog/disturbance.h"

namespace pgattic::catalog {
namespace {

Status Hidden(const std::string& what, const std::string& key) {
  return {Code::kPermissionDenied,
          "the role may not see " + what +
              ", so no run can give way to it; nothing was changed. GRANT pg_read_all_stats to it, "
              "or leave " +
              key + " out"};
}

Result<Disturbance> Worst(const pg::QueryResult& rows, const std::string& what,
                          const std::string& key) {
  if (rows.empty()) return Disturbance{};
  if (rows.Bool(0, 2)) return Hidden(what, key);
  return Disturbance{std::chrono::milliseconds(rows.Int(0, 0)), rows.Text(0, 1)};
}

}  // namespace

Result<Disturbance> WorstReplicaLag(const OpContext& ctx, pg::Connection& connection) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(ctx,
                      "SELECT coalesce(extract(epoch FROM replay_lag) * 1000, 0)::int8, "
                      "format('standby %s', coalesce(nullif(application_name, ''), pid::text)), "
                      "state IS NULL FROM pg_stat_replication ORDER BY state IS NULL DESC, "
                      "replay_lag DESC NULLS LAST LIMIT 1"));
  return Worst(rows, "the standbys", "run.max_replica_lag");
}

Result<Disturbance> OldestTransaction(const OpContext& ctx, pg::Connection& connection) {
  // Other sessions of pgattic bear its name and role; their COPY may be slow on purpose.
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(
          ctx,
          "SELECT coalesce(extract(epoch FROM clock_timestamp() - xact_start) * 1000, 0)::int8, "
          "format('pid %s (%s)', pid, coalesce(nullif(application_name, ''), usename)), hidden "
          "FROM (SELECT *, query = '<insufficient privilege>' AS hidden FROM pg_stat_activity "
          "WHERE datname = current_database() AND pid <> pg_backend_pid() AND coalesce("
          "backend_type, 'client backend') = 'client backend' AND NOT (coalesce(usename = "
          "current_user AND application_name = current_setting('application_name'), false))) AS "
          "others WHERE hidden OR xact_start IS NOT NULL ORDER BY hidden DESC, xact_start LIMIT "
          "1"));
  return Worst(rows, "the sessions of others", "run.max_transaction_age");
}

}  // namespace pgattic::catalog
