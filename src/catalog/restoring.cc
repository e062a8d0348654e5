#include "catalog/restoring.h"

#include <array>
#include <string_view>

namespace pgattic::catalog {
namespace {

constexpr std::array<std::string_view, 3> kStages = {"loading", "attached", "done"};

std::string StageName(RestoreStage stage) {
  return std::string(kStages.at(static_cast<std::size_t>(stage)));
}

RestoreStage StageFromName(const std::string& name) {
  return name == "loading" ? RestoreStage::kLoading
         : name == "done"  ? RestoreStage::kDone
                           : RestoreStage::kAttached;
}

pg::Params Values(const RestoreRecord& record) {
  const auto& proven = record.proven;
  return {std::to_string(record.archive_id),
          StageName(record.stage),
          record.table.name.schema,
          record.table.name.name,
          std::to_string(record.table.oid),
          proven ? pg::Param(std::to_string(proven->rows)) : std::nullopt,
          proven ? pg::Param(proven->sum) : std::nullopt};
}

}  // namespace

Result<std::optional<RestoreRecord>> RestoreJournal::Find(const OpContext& ctx,
                                                          std::int64_t archive_id) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection_.Exec(ctx,
                       "SELECT stage, relation_schema, relation_name, relation_oid, "
                       "fingerprint_rows, fingerprint_sum::text FROM pgattic.restore WHERE "
                       "archive_id = $1",
                       {std::to_string(archive_id)}));
  if (row.empty()) return std::optional<RestoreRecord>();
  RestoreRecord record;
  record.archive_id = archive_id;
  record.stage = StageFromName(row.Text(0, 0));
  record.table = {{row.Text(0, 1), row.Text(0, 2)}, static_cast<std::uint32_t>(row.Int(0, 3))};
  if (!row.IsNull(0, 4)) record.proven = Fingerprint{row.Int(0, 4), row.Text(0, 5)};
  return std::optional<RestoreRecord>(std::move(record));
}

Result<std::set<std::int64_t>> RestoreJournal::Held(const OpContext& ctx) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection_.Exec(ctx, "SELECT archive_id FROM pgattic.restore WHERE stage <> 'loading'"));
  std::set<std::int64_t> ids;
  for (int i = 0; i < rows.rows(); ++i) ids.insert(rows.Int(i, 0));
  return ids;
}

Status RestoreJournal::Begin(const OpContext& ctx, const RestoreRecord& record) {
  PGATTIC_RETURN_IF_ERROR(Forget(ctx, record.archive_id));
  return connection_
      .Exec(ctx,
            "INSERT INTO pgattic.restore (archive_id, stage, relation_schema, relation_name, "
            "relation_oid, fingerprint_rows, fingerprint_sum) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            Values(record))
      .status();
}

Status RestoreJournal::Update(const OpContext& ctx, const RestoreRecord& record) {
  return connection_
      .Exec(ctx,
            "UPDATE pgattic.restore SET stage = $2, relation_schema = $3, relation_name = $4, "
            "relation_oid = $5, fingerprint_rows = $6, fingerprint_sum = $7, at = now() WHERE "
            "archive_id = $1",
            Values(record))
      .status();
}

Status RestoreJournal::Forget(const OpContext& ctx, std::int64_t archive_id) {
  return connection_
      .Exec(ctx, "DELETE FROM pgattic.restore WHERE archive_id = $1", {std::to_string(archive_id)})
      .status();
}

Result<std::vector<LoadedPart>> RestoreJournal::Loaded(const OpContext& ctx,
                                                       std::int64_t archive_id) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection_.Exec(ctx,
                       "SELECT number, rows, digest_sum FROM pgattic.restored_part WHERE "
                       "archive_id = $1 ORDER BY number",
                       {std::to_string(archive_id)}));
  std::vector<LoadedPart> parts;
  for (int i = 0; i < rows.rows(); ++i) {
    LoadedPart part;
    part.number = static_cast<int>(rows.Int(i, 0));
    part.digest.rows = rows.Int(i, 1);
    PGATTIC_ASSIGN_OR_RETURN(part.digest.sum, Sum128::FromHex(rows.Text(i, 2)));
    parts.push_back(part);
  }
  return parts;
}

Status RestoreJournal::AddLoaded(const OpContext& ctx, std::int64_t archive_id,
                                 const LoadedPart& part) {
  return connection_
      .Exec(ctx,
            "INSERT INTO pgattic.restored_part (archive_id, number, rows, digest_sum) VALUES ($1, "
            "$2, $3, $4)",
            {std::to_string(archive_id), std::to_string(part.number),
             std::to_string(part.digest.rows), part.digest.sum.ToHex()})
      .status();
}

Result<std::vector<std::string>> GeneratedColumns(const OpContext& ctx, pg::Connection& connection,
                                                  std::uint32_t relation) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(ctx,
                      "SELECT attname FROM pg_attribute WHERE attrelid = $1::oid AND attnum > 0 "
                      "AND NOT attisdropped AND attgenerated <> ''",
                      {std::to_string(relation)}));
  std::vector<std::string> names;
  for (int i = 0; i < rows.rows(); ++i) names.push_back(rows.Text(i, 0));
  return names;
}

Status LoadRows(const OpContext& ctx, pg::Connection& connection, const pg::QualifiedName& table,
                const std::vector<std::string>& columns, bool is_binary,
                const std::function<Status(const pg::Connection::CopySink&)>& produce) {
  std::string list;
  for (const std::string& column : columns) {
    list += (list.empty() ? "" : ", ") + pg::Identifier(column).Quoted();
  }
  return connection.CopyInFrom(ctx,
                               "COPY " + table.Quoted() + " (" + list + ") FROM STDIN (FORMAT " +
                                   (is_binary ? "binary" : "text") + ")",
                               produce);
}

Result<bool> HasRows(const OpContext& ctx, pg::Connection& connection,
                     const pg::QualifiedName& name) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx, "SELECT EXISTS (SELECT FROM " + name.Quoted() + ")"));
  return row.Bool(0, 0);
}

Status Analyze(const OpContext& ctx, pg::Connection& connection, const pg::QualifiedName& name) {
  return connection.Exec(ctx, "ANALYZE " + name.Quoted()).status();
}

}  // namespace pgattic::catalog
