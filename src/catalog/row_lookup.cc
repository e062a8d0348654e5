#include "catalog/row_lookup.h"

#include <algorithm>
#include <charconv>

#include "catalog/relation.h"

namespace pgattic::catalog {
namespace {

// $1..$3 the source, $4 the id, $5 the times. Ids compare by bytes or by value.
std::string CandidatesSql(const SourceTable& source) {
  const bool number = source.id_kind == IdKind::kInteger;
  const std::string min_id = number ? "nullif(p.min_id, '')::bigint" : "(p.min_id COLLATE \"C\")";
  const std::string max_id = number ? "nullif(p.max_id, '')::bigint" : "(p.max_id COLLATE \"C\")";
  const std::string id = number ? "$4::bigint" : "$4::text";
  return "SELECT a.id, a.phase, a.revision, a.generation, a.attempt, a.round, p.number, "
         "p.round, p.key, p.rows, p.bytes, p.footer_bytes, p.etag, p.version_id, "
         "p.filter_key, p.filter_etag, p.min_id, p.max_id "
         "FROM pgattic.archive a LEFT JOIN pgattic.part p ON p.archive_id = a.id AND "
         "p.published AND (p.round < a.round OR p.round = a.round AND a.phase IN ('detached', "
         "'archived')) AND " +
         id + " BETWEEN " + min_id + " AND " + max_id +
         " WHERE a.database_name = $1 AND a.schema_name = $2 AND a.table_name = $3 AND "
         "(cardinality($5::timestamptz[]) = 0 OR EXISTS (SELECT FROM "
         "unnest($5::timestamptz[]) t WHERE extract(epoch FROM t) * 1000000 >= a.from_us AND "
         "extract(epoch FROM t) * 1000000 < a.to_us)) ORDER BY a.from_us, p.number";
}

Result<Candidate> ReadArchive(const pg::QueryResult& rows, int row) {
  Candidate candidate;
  candidate.archive_id = rows.Int(row, 0);
  PGATTIC_ASSIGN_OR_RETURN(candidate.state.phase, model::PhaseFromName(rows.Text(row, 1)));
  candidate.state.revision = rows.Int(row, 2);
  candidate.state.generation = static_cast<int>(rows.Int(row, 3));
  candidate.state.attempt = static_cast<int>(rows.Int(row, 4));
  candidate.state.round = static_cast<int>(rows.Int(row, 5));
  return candidate;
}

model::PartRecord ReadPart(const pg::QueryResult& rows, int row) {
  model::PartRecord part;
  part.number = static_cast<int>(rows.Int(row, 6));
  part.round = static_cast<int>(rows.Int(row, 7));
  part.key = rows.Text(row, 8);
  part.rows = rows.Int(row, 9);
  part.bytes = rows.Int(row, 10);
  part.footer_bytes = rows.Int(row, 11);
  part.etag = rows.Text(row, 12);
  part.version_id = rows.Text(row, 13);
  part.filter_key = rows.Text(row, 14);
  part.filter_etag = rows.Text(row, 15);
  part.min_id = rows.Text(row, 16);
  part.max_id = rows.Text(row, 17);
  return part;
}

}  // namespace

bool Candidates::SameAs(const Candidates& other) const {
  return std::equal(archives.begin(), archives.end(), other.archives.begin(), other.archives.end(),
                    [](const Candidate& a, const Candidate& b) {
                      // A swap and its swapping back between two looks leave all but the
                      // revision as it was.
                      const bool may_have_swapped = a.state.phase == model::Phase::kMarked &&
                                                    a.state.revision != b.state.revision;
                      return !may_have_swapped && a.archive_id == b.archive_id &&
                             a.state.phase == b.state.phase &&
                             a.state.generation == b.state.generation &&
                             a.state.attempt == b.state.attempt && a.state.round == b.state.round;
                    });
}

Result<Candidates> FindCandidates(const OpContext& ctx, pg::Connection& connection,
                                  const SourceTable& source, const std::string& id,
                                  const std::vector<std::string>& at) {
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult rows,
                           connection.Exec(ctx, CandidatesSql(source),
                                           {source.id.database, source.id.schema, source.id.table,
                                            id, ArrayLiteral(at)}));
  Candidates found;
  for (int i = 0; i < rows.rows(); ++i) {
    if (found.archives.empty() || found.archives.back().archive_id != rows.Int(i, 0)) {
      PGATTIC_ASSIGN_OR_RETURN(Candidate candidate, ReadArchive(rows, i));
      found.archives.push_back(std::move(candidate));
    }
    if (!rows.IsNull(i, 6)) found.archives.back().parts.push_back(ReadPart(rows, i));
  }
  return found;
}

Result<std::vector<std::string>> GameTimes(const OpContext& ctx, pg::Connection& connection,
                                           const SourceTable& source, const std::string& id) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(ctx,
                      "SELECT DISTINCT created_at::text FROM " +
                          pg::QualifiedName{source.id.schema, "games"}.Quoted() +
                          " WHERE uuid = $1::text AND created_at IS NOT NULL ORDER BY 1",
                      {id}));
  std::vector<std::string> times;
  for (int i = 0; i < rows.rows(); ++i) times.push_back(rows.Text(i, 0));
  return times;
}

Result<std::vector<std::vector<std::optional<std::string>>>> LiveRows(
    const OpContext& ctx, pg::Connection& connection, const SourceTable& source,
    const model::TableSchema& schema, const std::string& id, const std::vector<std::string>& at) {
  const std::string time = "t." + pg::Identifier(source.partition_column).Quoted();
  const std::string type = source.partition_type;
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(ctx,
                      "SELECT " + OutputColumns(schema) + " FROM " + source.name().Quoted() +
                          " AS t WHERE t." + pg::Identifier(source.id_column).Quoted() + " = $1::" +
                          (source.id_kind == IdKind::kInteger ? "bigint"
                           : source.id_kind == IdKind::kUuid  ? "uuid"
                                                              : "text") +
                          " AND (cardinality($2::" + type + "[]) = 0 OR " + time +
                          " = ANY ($2::" + type + "[])) ORDER BY " + time + ", t.ctid",
                      {id, ArrayLiteral(at)}));
  std::vector<std::vector<std::optional<std::string>>> found;
  for (int i = 0; i < rows.rows(); ++i) {
    std::vector<std::optional<std::string>> row;
    for (std::size_t c = 0; c < schema.columns.size(); ++c) {
      row.push_back(rows.Optional(i, static_cast<int>(c)));
    }
    found.push_back(std::move(row));
  }
  return found;
}

bool IsPossibleId(const SourceTable& source, const std::string& id) {
  if (id.find('\0') != id.npos) return false;
  if (source.id_kind == IdKind::kInteger) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), value);
    return error == std::errc() && end == id.data() + id.size() && !id.empty();
  }
  if (source.id_kind == IdKind::kUuid) {
    if (id.size() != 36) return false;
    for (std::size_t i = 0; i < id.size(); ++i) {
      const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
      const bool hex = (id[i] >= '0' && id[i] <= '9') || (id[i] >= 'a' && id[i] <= 'f');
      if (dash ? id[i] != '-' : !hex) return false;
    }
  }
  return true;
}

}  // namespace pgattic::catalog
