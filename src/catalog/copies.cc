#include "catalog/copies.h"

namespace pgattic::catalog {

Result<std::map<int, PartCopy>> LoadPartCopies(const OpContext& ctx, pg::Connection& connection,
                                               std::int64_t archive_id) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(ctx,
                      "SELECT number, etag, version_id, crc64nvme, filter_etag FROM "
                      "pgattic.part_copy WHERE archive_id = $1",
                      {std::to_string(archive_id)}));
  std::map<int, PartCopy> copies;
  for (int i = 0; i < rows.rows(); ++i) {
    copies[static_cast<int>(rows.Int(i, 0))] = {rows.Text(i, 1), rows.Text(i, 2), rows.Text(i, 3),
                                                rows.Text(i, 4)};
  }
  return copies;
}

Result<ArchiveCopy> LoadArchiveCopy(const OpContext& ctx, pg::Connection& connection,
                                    std::int64_t archive_id) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx,
                      "SELECT generation, checksums_etag, metadata_etag, copied_at::text FROM "
                      "pgattic.archive_copy WHERE archive_id = $1",
                      {std::to_string(archive_id)}));
  if (row.empty()) return ArchiveCopy{};
  return ArchiveCopy{static_cast<int>(row.Int(0, 0)), row.Text(0, 1), row.Text(0, 2),
                     row.Text(0, 3)};
}

Status RecordPartCopy(const OpContext& ctx, pg::Connection& connection, std::int64_t archive_id,
                      int number, const PartCopy& copy) {
  return connection
      .Exec(ctx,
            "INSERT INTO pgattic.part_copy (archive_id, number, etag, version_id, crc64nvme, "
            "filter_etag) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (archive_id, number) DO "
            "UPDATE SET (etag, version_id, crc64nvme, filter_etag, copied_at) = (excluded.etag, "
            "excluded.version_id, excluded.crc64nvme, excluded.filter_etag, clock_timestamp())",
            {std::to_string(archive_id), std::to_string(number), copy.etag, copy.version_id,
             copy.crc64nvme, copy.filter_etag})
      .status();
}

Status ForgetPartCopy(const OpContext& ctx, pg::Connection& connection, std::int64_t archive_id,
                      int number) {
  return connection
      .Exec(ctx, "DELETE FROM pgattic.part_copy WHERE archive_id = $1 AND number = $2",
            {std::to_string(archive_id), std::to_string(number)})
      .status();
}

Status RecordArchiveCopy(const OpContext& ctx, pg::Connection& connection, std::int64_t archive_id,
                         const ArchiveCopy& copy) {
  return connection
      .Exec(ctx,
            "INSERT INTO pgattic.archive_copy (archive_id, generation, checksums_etag, "
            "metadata_etag) VALUES ($1, $2, $3, $4) ON CONFLICT (archive_id) DO UPDATE SET "
            "(generation, checksums_etag, metadata_etag, copied_at) = (excluded.generation, "
            "excluded.checksums_etag, excluded.metadata_etag, clock_timestamp())",
            {std::to_string(archive_id), std::to_string(copy.generation), copy.checksums_etag,
             copy.metadata_etag})
      .status();
}

Status ForgetArchiveCopy(const OpContext& ctx, pg::Connection& connection,
                         std::int64_t archive_id) {
  return connection
      .Exec(ctx, "DELETE FROM pgattic.archive_copy WHERE archive_id = $1",
            {std::to_string(archive_id)})
      .status();
}

Result<std::map<std::int64_t, CopyState>> CopyStates(const OpContext& ctx,
                                                     pg::Connection& connection) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(ctx,
                      "SELECT a.id, count(*), count(c.number), count(*) = count(c.number) AND "
                      "bool_and(ac.generation IS NOT DISTINCT FROM a.generation), "
                      "coalesce(max(ac.copied_at)::text, '') FROM pgattic.archive a JOIN "
                      "pgattic.part p ON p.archive_id = a.id AND p.published LEFT JOIN "
                      "pgattic.part_copy c ON c.archive_id = a.id AND c.number = p.number LEFT "
                      "JOIN pgattic.archive_copy ac ON ac.archive_id = a.id GROUP BY a.id"));
  std::map<std::int64_t, CopyState> states;
  for (int i = 0; i < rows.rows(); ++i) {
    CopyState& state = states[rows.Int(i, 0)];
    state.parts = static_cast<int>(rows.Int(i, 1));
    state.copied = static_cast<int>(rows.Int(i, 2));
    state.is_whole = rows.Bool(i, 3);
    if (state.is_whole) state.copied_at = rows.Text(i, 4);
  }
  return states;
}

}  // namespace pgattic::catalog
