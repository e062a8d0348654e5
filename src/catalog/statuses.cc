#include "catalog/statuses.h"

#include <algorithm>

namespace pgattic::catalog {
namespace {

constexpr std::int64_t kRowsABatch = 4000;

}  // namespace

std::string GameStatuses::GamesTable() const {
  return pg::QualifiedName{source_.id.schema, "games"}.Quoted();
}

/// The ids and times of the rows in blocks [$3, $4).
std::string GameStatuses::BlockRows() const {
  return "SELECT t." + pg::Identifier(source_.id_column).Quoted() + " AS id, t." +
         pg::Identifier(source_.partition_column).Quoted() + " AS at FROM ONLY " +
         relation_.name.Quoted() +
         " AS t WHERE t.ctid >= format('(%s,0)', $3::int8)::tid AND t.ctid < "
         "format('(%s,0)', $4::int8)::tid";
}

Status GameStatuses::Check(const OpContext& ctx) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection_.Exec(ctx,
                       "SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass($1) "
                       "AND attname IN ('id', 'uuid', 'created_at', 'migration_status') AND "
                       "NOT attisdropped",
                       {GamesTable()}));
  if (row.Int(0, 0) == 4) return Status::Ok();
  return {Code::kFailedPrecondition,
          "profile = \"games\" needs the table " + source_.id.schema +
              ".games with id, uuid, created_at and migration_status; nothing was changed"};
}

Result<GameStatuses::Walk> GameStatuses::Plan(const OpContext& ctx, std::int64_t rows) {
  Walk walk;
  PGATTIC_ASSIGN_OR_RETURN(walk.blocks, BlockCount(ctx, connection_, relation_.oid));
  walk.blocks_a_batch =
      std::max<std::int64_t>(1, walk.blocks * kRowsABatch / std::max<std::int64_t>(1, rows));
  return walk;
}

Status GameStatuses::KeepArchived(const OpContext& ctx, std::int64_t archive_id, int round) {
  return connection_
      .Exec(ctx,
            "INSERT INTO pgattic.former_status SELECT DISTINCT $1::bigint, $2::int, g.id, "
            "g.migration_status FROM " +
                GamesTable() + " g JOIN ONLY " + relation_.name.Quoted() + " AS t ON g.uuid = t." +
                pg::Identifier(source_.id_column).Quoted() + " AND g.created_at = t." +
                pg::Identifier(source_.partition_column).Quoted() +
                " WHERE g.migration_status = 3 ON CONFLICT DO NOTHING",
            {std::to_string(archive_id), std::to_string(round)})
      .status();
}

Result<std::int64_t> GameStatuses::MarkBatch(const OpContext& ctx, std::int64_t archive_id,
                                             int round, std::int64_t first_block,
                                             std::int64_t end_block) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult marked,
      connection_.Exec(
          ctx,
          "WITH rows AS (" + BlockRows() +
              "), former AS (SELECT g.id, g.created_at, g.migration_status "
              "FROM " +
              GamesTable() +
              " g JOIN rows ON g.uuid = rows.id AND g.created_at = "
              "rows.at WHERE g.migration_status IN (1, 2) GROUP BY 1, 2, 3), "
              "kept AS (INSERT INTO pgattic.former_status SELECT $1, $2, id, migration_status "
              "FROM former WHERE migration_status <> 1 OR $2::int > 1 ON CONFLICT DO NOTHING) "
              "UPDATE " +
              GamesTable() +
              // Asked again of a game that changed while its lock was waited for: it may have
              // moved to a time that this archive does not hold, or have another status.
              " g SET migration_status = 3 FROM former WHERE g.id = former.id AND g.created_at "
              "= former.created_at AND g.migration_status = former.migration_status",
          {std::to_string(archive_id), std::to_string(round), std::to_string(first_block),
           std::to_string(end_block)}));
  return marked.affected();
}

Result<std::int64_t> GameStatuses::UnmarkBatch(const OpContext& ctx, std::int64_t archive_id,
                                               int round, std::int64_t first_block,
                                               std::int64_t end_block) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult unmarked,
      connection_.Exec(
          ctx,
          "WITH rows AS (" + BlockRows() + "), former AS (SELECT g.id, f.status FROM " +
              GamesTable() +
              " g JOIN rows ON g.uuid = rows.id AND g.created_at = rows.at LEFT "
              "JOIN pgattic.former_status f ON f.archive_id = $1 AND f.games_id = g.id AND "
              "f.round = $2 WHERE g.migration_status = 3 AND ($2::int = 1 OR f.status IS NOT "
              "NULL) GROUP BY 1, 2) UPDATE " +
              GamesTable() +
              " g SET migration_status = coalesce(former.status, 1) FROM former WHERE g.id = "
              "former.id AND g.migration_status = 3",
          {std::to_string(archive_id), std::to_string(round), std::to_string(first_block),
           std::to_string(end_block)}));
  return unmarked.affected();
}

Status GameStatuses::Forget(const OpContext& ctx, std::int64_t archive_id, int round) {
  return connection_
      .Exec(ctx, "DELETE FROM pgattic.former_status WHERE archive_id = $1 AND round = $2",
            {std::to_string(archive_id), std::to_string(round)})
      .status();
}

Status GameStatuses::MergeRounds(const OpContext& ctx, std::int64_t archive_id) {
  return connection_
      .Exec(ctx, "UPDATE pgattic.former_status SET round = 1 WHERE archive_id = $1 AND round > 1",
            {std::to_string(archive_id)})
      .status();
}

Result<std::string> CurrentXid(const OpContext& ctx, pg::Connection& connection) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx, "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"));
  return row.Text(0, 0);
}

Result<std::string> OldSnapshots(const OpContext& ctx, pg::Connection& connection,
                                 const std::string& xid) {
  // xid8's low half is the xid that backend_xmin counts in; age() compares across wraps.
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx,
                      "SELECT string_agg(who, ', ') FROM ("
                      "SELECT format('pid %s (%s)', pid, coalesce(nullif(application_name, ''), "
                      "usename)), backend_xmin FROM pg_stat_activity WHERE pid <> "
                      "pg_backend_pid() AND (datname = current_database() OR backend_type = "
                      "'walsender') UNION ALL SELECT format('standby of slot %s', slot_name), xmin "
                      "FROM pg_replication_slots WHERE active AND slot_type = 'physical') AS "
                      "held(who, oldest) WHERE oldest IS NOT NULL AND age(oldest) > "
                      "age($1::text::xid8::xid)",
                      {xid}));
  return row.Text(0, 0);
}

}  // namespace pgattic::catalog
