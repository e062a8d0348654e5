#include "catalog/erasures.h"

#include "base/hash.h"
#include "catalog/relation.h"

namespace pgattic::catalog {
namespace {

Result<Secret> LoadKey(const OpContext& ctx, pg::Connection& connection) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx, "SELECT value FROM pgattic.secret WHERE name = 'erasure'"));
  if (!row.empty()) return Secret(row.Text(0, 0));
  return {Code::kFailedPrecondition,
          "the journal's key of erasures (pgattic.secret) is gone: erased ids cannot be told from "
          "others. Put it back from a backup of the database"};
}

std::unordered_set<std::string> FirstColumn(const pg::QueryResult& rows) {
  std::unordered_set<std::string> texts;
  for (int i = 0; i < rows.rows(); ++i) texts.insert(rows.Text(i, 0));
  return texts;
}

pg::Params SourceParams(const model::SourceId& source) {
  return {source.database, source.schema, source.table};
}

constexpr const char* kOfSource =
    " WHERE database_name = $1 AND schema_name = $2 AND table_name = $3";

}  // namespace

std::string ErasureList::HashOf(const std::string& id) const {
  return HmacSha256(key_.Reveal(), AsBytes(id));
}

Result<ErasureList> LoadErasures(const OpContext& ctx, pg::Connection& connection,
                                 const model::SourceId& source) {
  PGATTIC_ASSIGN_OR_RETURN(Secret key, LoadKey(ctx, connection));
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(ctx, std::string("SELECT id_hash FROM pgattic.erasure") + kOfSource,
                      SourceParams(source)));
  return ErasureList(std::move(key), FirstColumn(rows));
}

Result<ErasureList> LoadErasuresOf(const OpContext& ctx, pg::Connection& connection,
                                   const model::SourceId& source,
                                   const std::vector<std::string>& ids) {
  PGATTIC_ASSIGN_OR_RETURN(Secret key, LoadKey(ctx, connection));
  const ErasureList keyed(key, {});
  std::vector<std::string> hashes;
  for (const std::string& id : ids) hashes.push_back(keyed.HashOf(id));
  pg::Params params = SourceParams(source);
  params.emplace_back(ArrayLiteral(hashes));
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult rows,
                           connection.Exec(ctx,
                                           std::string("SELECT id_hash FROM pgattic.erasure") +
                                               kOfSource + " AND id_hash = ANY ($4::text[])",
                                           params));
  return ErasureList(std::move(key), FirstColumn(rows));
}

namespace {

Status PutOnList(const OpContext& ctx, pg::Connection& connection, const model::SourceId& source,
                 const std::vector<std::string>& hashes, const std::string& request) {
  pg::Params params = SourceParams(source);
  params.emplace_back(ArrayLiteral(hashes));
  params.emplace_back(request);
  return connection
      .Exec(ctx,
            "INSERT INTO pgattic.erasure (database_name, schema_name, table_name, id_hash, "
            "request_id) SELECT $1, $2, $3, h, $5::bigint FROM unnest($4::text[]) AS h ON "
            "CONFLICT DO NOTHING",
            params)
      .status();
}

}  // namespace

Result<std::int64_t> BeginErasure(const OpContext& ctx, pg::Connection& connection,
                                  const model::SourceId& source,
                                  const std::vector<std::string>& hashes) {
  pg::Params params = SourceParams(source);
  params.emplace_back(std::to_string(hashes.size()));
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult made,
      connection.Exec(ctx,
                      "INSERT INTO pgattic.erasure_request (database_name, schema_name, "
                      "table_name, ids) VALUES ($1, $2, $3, $4) RETURNING id",
                      params));
  PGATTIC_RETURN_IF_ERROR(PutOnList(ctx, connection, source, hashes, made.Text(0, 0)));
  return made.Int(0, 0);
}

Status NoteErased(const OpContext& ctx, pg::Connection& connection, std::int64_t request,
                  std::int64_t table_rows, std::int64_t archived_rows, const std::string& archive) {
  return connection
      .Exec(ctx,
            "UPDATE pgattic.erasure_request SET table_rows = table_rows + $2, archived_rows = "
            "archived_rows + $3, archives = CASE WHEN $4 = '' OR $4 = ANY (archives) THEN archives "
            "ELSE archives || $4 END WHERE id = $1",
            {std::to_string(request), std::to_string(table_rows), std::to_string(archived_rows),
             archive})
      .status();
}

Status FinishErasure(const OpContext& ctx, pg::Connection& connection,
                     const model::SourceId& source, std::int64_t request,
                     const std::vector<std::string>& hashes) {
  pg::Params params = SourceParams(source);
  params.emplace_back(ArrayLiteral(hashes));
  params.emplace_back(std::to_string(request));
  return connection
      .Exec(ctx,
            std::string("UPDATE pgattic.erasure_request r SET finished_at = clock_timestamp()") +
                kOfSource +
                " AND finished_at IS NULL AND (id = $5 OR NOT EXISTS (SELECT FROM pgattic.erasure "
                "e WHERE e.request_id = r.id AND e.id_hash <> ALL ($4::text[])))",
            params)
      .status();
}

Result<std::vector<ErasureRequest>> ListErasures(const OpContext& ctx, pg::Connection& connection,
                                                 const model::SourceId& source) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(ctx,
                      std::string("SELECT id, at::text, who, ids, table_rows, archived_rows, "
                                  "coalesce(finished_at::text, ''), a.name FROM "
                                  "pgattic.erasure_request LEFT JOIN LATERAL unnest(archives) AS "
                                  "a(name) ON true") +
                          kOfSource + " ORDER BY id DESC, a.name",
                      SourceParams(source)));
  std::vector<ErasureRequest> requests;
  for (int i = 0; i < rows.rows(); ++i) {
    if (requests.empty() || requests.back().id != rows.Int(i, 0)) {
      ErasureRequest request;
      request.id = rows.Int(i, 0);
      request.at = rows.Text(i, 1);
      request.who = rows.Text(i, 2);
      request.ids = static_cast<int>(rows.Int(i, 3));
      request.table_rows = rows.Int(i, 4);
      request.archived_rows = rows.Int(i, 5);
      request.finished_at = rows.Text(i, 6);
      requests.push_back(std::move(request));
    }
    if (!rows.IsNull(i, 7)) requests.back().archives.push_back(rows.Text(i, 7));
  }
  return requests;
}

Status AddArchiveErasures(const OpContext& ctx, pg::Connection& connection, std::int64_t archive_id,
                          const std::vector<std::string>& hashes) {
  return connection
      .Exec(ctx,
            "INSERT INTO pgattic.archive_erasure SELECT $1::bigint, h FROM unnest($2::text[]) AS h "
            "ON CONFLICT DO NOTHING",
            {std::to_string(archive_id), ArrayLiteral(hashes)})
      .status();
}

Result<std::vector<std::string>> UnknownErasures(const OpContext& ctx, pg::Connection& connection,
                                                 const model::SourceId& source,
                                                 std::int64_t archive_id,
                                                 const std::vector<std::string>& hashes) {
  if (hashes.empty()) return std::vector<std::string>();
  pg::Params params = SourceParams(source);
  params.emplace_back(ArrayLiteral(hashes));
  params.emplace_back(std::to_string(archive_id));
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(ctx,
                      std::string("SELECT h FROM unnest($4::text[]) AS h WHERE NOT EXISTS (SELECT "
                                  "FROM pgattic.erasure") +
                          kOfSource +
                          " AND id_hash = h) OR NOT EXISTS (SELECT FROM pgattic.archive_erasure "
                          "WHERE archive_id = $5::bigint AND id_hash = h)",
                      params));
  std::vector<std::string> unknown;
  for (int i = 0; i < rows.rows(); ++i) unknown.push_back(rows.Text(i, 0));
  return unknown;
}

Status AdoptErasures(const OpContext& ctx, pg::Connection& connection, const ArchiveRecord& archive,
                     const std::vector<std::string>& hashes, std::int64_t rows) {
  pg::Params params = SourceParams(archive.source);
  params.emplace_back(std::to_string(hashes.size()));
  params.emplace_back(std::to_string(rows));
  params.emplace_back(archive.partition);
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult made,
      connection.Exec(ctx,
                      "INSERT INTO pgattic.erasure_request (database_name, schema_name, "
                      "table_name, ids, table_rows, archives, finished_at) VALUES ($1, $2, $3, $4, "
                      "$5, ARRAY[$6], clock_timestamp()) RETURNING id",
                      params));
  PGATTIC_RETURN_IF_ERROR(PutOnList(ctx, connection, archive.source, hashes, made.Text(0, 0)));
  return AddArchiveErasures(ctx, connection, archive.id, hashes);
}

Result<std::vector<std::string>> ArchiveErasures(const OpContext& ctx, pg::Connection& connection,
                                                 std::int64_t archive_id) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(
          ctx, "SELECT id_hash FROM pgattic.archive_erasure WHERE archive_id = $1 ORDER BY id_hash",
          {std::to_string(archive_id)}));
  std::vector<std::string> hashes;
  for (int i = 0; i < rows.rows(); ++i) hashes.push_back(rows.Text(i, 0));
  return hashes;
}

}  // namespace pgattic::catalog
