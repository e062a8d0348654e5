#include "catalog/archive_overview.h"

#include <map>
#include <utility>

namespace pgattic::catalog {

std::int64_t FreedBytes(const ArchiveRecord& record) {
  const bool is_dropped = record.state.phase == model::Phase::kArchived;
  return record.former_bytes + (is_dropped ? record.relation_bytes : 0);
}

Result<std::vector<ArchiveOverview>> ListOverviews(const OpContext& ctx,
                                                   pg::Connection& connection) {
  Journal journal(connection);
  PGATTIC_ASSIGN_OR_RETURN(std::vector<ArchiveRecord> records, journal.List(ctx));
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(ctx,
                      "SELECT archive_id, number, round, key, rows, raw_bytes, bytes, sha256 "
                      "FROM pgattic.part WHERE state <> 'obsolete' ORDER BY archive_id, number"));
  std::map<std::int64_t, std::vector<model::PartRecord>> parts;
  for (int i = 0; i < rows.rows(); ++i) {
    model::PartRecord part;
    part.number = static_cast<int>(rows.Int(i, 1));
    part.round = static_cast<int>(rows.Int(i, 2));
    part.key = rows.Text(i, 3);
    part.rows = rows.Int(i, 4);
    part.raw_bytes = rows.Int(i, 5);
    part.bytes = rows.Int(i, 6);
    part.sha256 = rows.Text(i, 7);
    parts[rows.Int(i, 0)].push_back(std::move(part));
  }
  std::vector<ArchiveOverview> all;
  for (ArchiveRecord& record : records) {
    ArchiveOverview overview;
    overview.parts = std::move(parts[record.id]);
    overview.record = std::move(record);
    all.push_back(std::move(overview));
  }
  return all;
}

Result<std::optional<model::PartRecord>> LastPublishedPart(const OpContext& ctx,
                                                           pg::Connection& connection,
                                                           const pg::QualifiedName& source) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(
          ctx,
          "SELECT p.number, p.round, p.key, p.rows, p.bytes, p.footer_bytes, p.etag, "
          "p.version_id, p.filter_key, p.filter_etag, p.min_id, p.max_id "
          "FROM pgattic.archive a JOIN pgattic.part p ON p.archive_id = a.id "
          "WHERE p.published AND p.rows > 0 AND (p.round < a.round OR p.round = a.round "
          "AND a.phase IN ('detached', 'archived')) AND a.database_name = "
          "current_database() AND a.schema_name = $1 AND a.table_name = $2 "
          "ORDER BY a.to_us DESC, p.number LIMIT 1",
          {source.schema, source.name}));
  if (rows.empty()) return std::optional<model::PartRecord>();
  model::PartRecord part;
  part.number = static_cast<int>(rows.Int(0, 0));
  part.round = static_cast<int>(rows.Int(0, 1));
  part.key = rows.Text(0, 2);
  part.rows = rows.Int(0, 3);
  part.bytes = rows.Int(0, 4);
  part.footer_bytes = rows.Int(0, 5);
  part.etag = rows.Text(0, 6);
  part.version_id = rows.Text(0, 7);
  part.filter_key = rows.Text(0, 8);
  part.filter_etag = rows.Text(0, 9);
  part.min_id = rows.Text(0, 10);
  part.max_id = rows.Text(0, 11);
  return std::optional<model::PartRecord>(std::move(part));
}

}  // namespace pgattic::catalog
