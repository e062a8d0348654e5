#include "catalog/proofs.h"

#include <charconv>

namespace pgattic::catalog {
namespace {

Status Note(const OpContext& ctx, pg::Connection& connection, std::int64_t archive_id, int number,
            const pg::Param& damage, std::int64_t scrubbed_bytes) {
  return connection
      .Exec(ctx,
            "INSERT INTO pgattic.part_proof (archive_id, number, damage, scrubbed_bytes) VALUES "
            "($1, $2, $3, $4) ON CONFLICT (archive_id, number) DO UPDATE SET (proven_at, damage, "
            "scrubbed_bytes) = (clock_timestamp(), excluded.damage, excluded.scrubbed_bytes)",
            {std::to_string(archive_id), std::to_string(number), damage,
             std::to_string(scrubbed_bytes)})
      .status();
}

double Seconds(const std::string& text) {
  double seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return seconds;
}

}  // namespace

Status NoteProof(const OpContext& ctx, pg::Connection& connection, std::int64_t archive_id,
                 int number, std::int64_t scrubbed_bytes) {
  return Note(ctx, connection, archive_id, number, std::nullopt, scrubbed_bytes);
}

Status NoteDamage(const OpContext& ctx, pg::Connection& connection, std::int64_t archive_id,
                  int number, const std::string& damage, std::int64_t scrubbed_bytes) {
  return Note(ctx, connection, archive_id, number, damage, scrubbed_bytes);
}

Result<bool> HasDamage(const OpContext& ctx, pg::Connection& connection, std::int64_t archive_id) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx,
                      "SELECT EXISTS (SELECT FROM pgattic.part_proof WHERE archive_id = $1 AND "
                      "damage IS NOT NULL)",
                      {std::to_string(archive_id)}));
  return row.Bool(0, 0);
}

Result<std::vector<OldProof>> OldestProofs(const OpContext& ctx, pg::Connection& connection,
                                           const model::SourceId& source) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(ctx,
                      "SELECT a.id, p.number, p.bytes FROM pgattic.archive a JOIN pgattic.part p "
                      "ON p.archive_id = a.id AND p.published LEFT JOIN pgattic.part_proof s ON "
                      "s.archive_id = a.id AND s.number = p.number WHERE a.database_name = $1 AND "
                      "a.schema_name = $2 AND a.table_name = $3 AND a.phase IN ('detached', "
                      "'archived') ORDER BY s.proven_at NULLS FIRST, a.from_us, p.number",
                      {source.database, source.schema, source.table}));
  std::vector<OldProof> proofs;
  for (int i = 0; i < rows.rows(); ++i) {
    proofs.push_back({rows.Int(i, 0), static_cast<int>(rows.Int(i, 1)), rows.Int(i, 2)});
  }
  return proofs;
}

Result<std::int64_t> ScrubbedToday(const OpContext& ctx, pg::Connection& connection) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx,
                      "SELECT coalesce(sum(scrubbed_bytes), 0)::bigint FROM pgattic.part_proof "
                      "WHERE proven_at >= date_trunc('day', now())"));
  return row.Int(0, 0);
}

Result<Upkeep> LookAtUpkeep(const OpContext& ctx, pg::Connection& connection) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(
          ctx,
          "SELECT count(p.number), count(p.number) FILTER (WHERE c.number IS NULL), "
          "coalesce(extract(epoch FROM clock_timestamp() - min(coalesce(s.proven_at, "
          "a.updated_at)) FILTER (WHERE c.number IS NULL)), 0)::float8, count(s.damage), "
          "coalesce(extract(epoch FROM clock_timestamp() - min(coalesce(s.proven_at, "
          "a.updated_at))), 0)::float8, (SELECT count(*) FROM pgattic.erasure_request WHERE "
          "database_name = current_database() AND finished_at IS NULL) FROM pgattic.archive a "
          "JOIN pgattic.part p ON p.archive_id = a.id AND p.published LEFT JOIN "
          "pgattic.part_copy c ON c.archive_id = a.id AND c.number = p.number LEFT JOIN "
          "pgattic.part_proof s ON s.archive_id = a.id AND s.number = p.number WHERE a.phase IN "
          "('detached', 'archived') AND a.database_name = current_database()"));
  Upkeep upkeep;
  upkeep.published_parts = row.Int(0, 0);
  upkeep.uncopied_parts = row.Int(0, 1);
  upkeep.copy_lag_seconds = Seconds(row.Text(0, 2));
  upkeep.damaged_parts = row.Int(0, 3);
  upkeep.oldest_proof_seconds = Seconds(row.Text(0, 4));
  upkeep.open_erasures = row.Int(0, 5);
  return upkeep;
}

}  // namespace pgattic::catalog
