#include "catalog/erasing.h"

#include <chrono>

#include "catalog/swap.h"

namespace pgattic::catalog {
namespace {

constexpr std::chrono::milliseconds kLockTimeout{5000};

std::string HasId(const SourceTable& source) {
  return "t." + pg::Identifier(source.id_column).Quoted() + " = ANY ($1::" + source.IdArrayType() +
         ")";
}

Result<std::int64_t> Count(const OpContext& ctx, pg::Connection& connection,
                           const SourceTable& source, const std::string& from,
                           const std::vector<std::string>& ids) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx, "SELECT count(*) FROM " + from + " AS t WHERE " + HasId(source),
                      {ArrayLiteral(ids)}));
  return row.Int(0, 0);
}

Status StillThere(const std::string& table, std::int64_t rows) {
  return {Code::kFailedPrecondition,
          std::to_string(rows) + " rows of " + table +
              " were not deleted: a trigger or rule keeps them; nothing was deleted. Disable it "
              "while these ids are erased"};
}

}  // namespace

Result<std::int64_t> CountRowsOf(const OpContext& ctx, pg::Connection& connection,
                                 const SourceTable& source, const std::vector<std::string>& ids) {
  return Count(ctx, connection, source, source.name().Quoted(), ids);
}

Result<std::int64_t> CountRowsIn(const OpContext& ctx, pg::Connection& connection,
                                 const SourceTable& source, const RelationRef& relation,
                                 const std::vector<std::string>& ids) {
  return Count(ctx, connection, source, "ONLY " + relation.name.Quoted(), ids);
}

Result<std::vector<std::string>> FindIds(const OpContext& ctx, pg::Connection& connection,
                                         const SourceTable& source, const std::string& condition,
                                         std::int64_t limit) {
  PGATTIC_ASSIGN_OR_RETURN(const auto transaction,
                           pg::Transaction::BeginRepeatableRead(ctx, connection));
  // The line's end: the condition may close with a comment.
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(ctx,
                      "SELECT DISTINCT " + pg::Identifier(source.id_column).Quoted() +
                          "::text FROM " + source.name().Quoted() + " WHERE (" + condition +
                          "\n) LIMIT $1",
                      {std::to_string(limit)}));
  std::vector<std::string> ids;
  for (int row = 0; row < rows.rows(); ++row) {
    if (rows.IsNull(row, 0)) {
      return {Code::kFailedPrecondition, "a row of " + source.id.Name() +
                                             " that is meant has no id; nothing was changed. "
                                             "Delete it by SQL, or leave it out of the condition"};
    }
    ids.push_back(rows.Text(row, 0));
  }
  return ids;
}

Result<std::int64_t> DeleteRowsOf(const OpContext& ctx, pg::Connection& connection,
                                  const SourceTable& source, const std::vector<std::string>& ids) {
  PGATTIC_RETURN_IF_ERROR(SetLockTimeout(ctx, connection, kLockTimeout));
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult deleted,
      connection.Exec(ctx, "DELETE FROM " + source.name().Quoted() + " AS t WHERE " + HasId(source),
                      {ArrayLiteral(ids)}));
  PGATTIC_ASSIGN_OR_RETURN(const std::int64_t left, CountRowsOf(ctx, connection, source, ids));
  if (left > 0) return StillThere(source.id.Name(), left);
  return deleted.affected();
}

Result<Fingerprint> DeleteRowsIn(const OpContext& ctx, pg::Connection& connection,
                                 const SourceTable& source, const RelationRef& relation,
                                 const std::vector<std::string>& ids) {
  PGATTIC_RETURN_IF_ERROR(SetLockTimeout(ctx, connection, kLockTimeout));
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult gone,
      connection.Exec(ctx,
                      "WITH gone AS (DELETE FROM ONLY " + relation.name.Quoted() + " AS t WHERE " +
                          HasId(source) +
                          " RETURNING hash_record_extended(row(t.ctid, t.xmin), 0) AS hash) SELECT "
                          "count(*), coalesce(sum(hash), 0)::text FROM gone",
                      {ArrayLiteral(ids)}));
  PGATTIC_ASSIGN_OR_RETURN(const std::int64_t left,
                           CountRowsIn(ctx, connection, source, relation, ids));
  if (left > 0) return StillThere(relation.name.Plain(), left);
  return Fingerprint{gone.Int(0, 0), gone.Text(0, 1)};
}

Result<Fingerprint> Subtract(const OpContext& ctx, pg::Connection& connection, const Fingerprint& a,
                             const Fingerprint& b) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection.Exec(ctx, "SELECT ($1::numeric - $2::numeric)::text", {a.sum, b.sum}));
  return Fingerprint{a.rows - b.rows, row.Text(0, 0)};
}

Result<std::int64_t> RouteOf(const OpContext& ctx, pg::Connection& connection,
                             std::int64_t archive_id) {
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult row,
                           connection.Exec(ctx, "SELECT route FROM pgattic.archive WHERE id = $1",
                                           {std::to_string(archive_id)}));
  return row.empty() ? 0 : row.Int(0, 0);
}

}  // namespace pgattic::catalog
