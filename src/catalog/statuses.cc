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

Result<GameStatuses::Walk> GameStatuses::Plan(const OpContext& ctx) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection_.Exec(ctx,
                       "SELECT pg_relation_size($1::oid) / current_setting('block_size')::int8,"
                       " greatest(1, reltuples)::int8 FROM pg_class WHERE oid = $1::oid",
                       {std::to_string(relation_.oid)}));
  if (row.empty()) {
    return {Code::kFailedPrecondition, relation_.name.Plain() + " is gone"};
  }
  Walk walk;
  walk.blocks = row.Int(0, 0);
  walk.blocks_a_batch = std::max<std::int64_t>(1, walk.blocks * kRowsABatch / row.Int(0, 1));
  return walk;
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
              // moved to a time that this archive does not hold.
              " g SET migration_status = 3 FROM former WHERE g.id = former.id AND "
              "g.created_at = former.created_at AND g.migration_status IN (1, 2)",
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
              "former.id",
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
                      "SELECT string_agg(format('pid %s (%s)', pid, coalesce(nullif("
                      "application_name, ''), usename)), ', ') FROM pg_stat_activity WHERE "
                      "datname = current_database() AND pid <> pg_backend_pid() AND "
                      "backend_xmin IS NOT NULL AND age(backend_xmin) > "
                      "age($1::text::xid8::xid)",
                      {xid}));
  return row.Text(0, 0);
}

}  // namespace pgattic::catalog
