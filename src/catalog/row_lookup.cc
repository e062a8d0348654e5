#include "catalog/row_lookup.h"

#include <algorithm>

#include "catalog/one_of.h"
#include "catalog/relation.h"
#include "model/archive_state.h"

namespace pgattic::catalog {
namespace {

// $1..$3 the source. Dropped columns keep their place in the list, so that one that is dropped and
// added again is another. The hash of a row is a sum over its fields: without a seed of its own a
// column's name could go to another, and the sum over all columns would stay.
constexpr const char* kLookSql = R"sql(
SELECT (SELECT concat_ws(':', count(*), max(a.id), sum(a.route)) FROM pgattic.archive a
        WHERE a.database_name = $1 AND a.schema_name = $2 AND a.table_name = $3),
       (SELECT c.oid || ':' || sum(hash_record_extended(ROW(t.attnum, t.attname, t.atttypid,
               t.atttypmod, t.attisdropped), t.attnum))
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute t ON t.attrelid = c.oid AND t.attnum > 0
        WHERE n.nspname = $2 AND c.relname = $3 GROUP BY c.oid), )sql";

constexpr const char* kPictureSql = R"sql(
SELECT a.id, a.phase, a.route, a.round, a.nonce, a.from_us, a.to_us, p.number, p.round, p.key,
       p.rows, p.bytes, p.footer_bytes, p.etag, p.version_id, p.sha256, p.filter_key,
       p.filter_etag, p.min_id, p.max_id
FROM pgattic.archive a LEFT JOIN pgattic.part p ON p.archive_id = a.id AND p.published AND
     (p.round < a.round OR p.round = a.round AND a.phase IN ('detached', 'archived'))
WHERE a.database_name = $1 AND a.schema_name = $2 AND a.table_name = $3
ORDER BY a.from_us, a.id, p.round, p.number)sql";

// $4 the ids; of one, the id itself, for what OneOf says of plans.
std::string LookSql(const model::SourceId& source, bool with_hints, bool is_one) {
  if (!with_hints) return std::string(kLookSql) + "1, NULL";
  const std::string asked = is_one ? "(SELECT $4::text AS id, 1 AS n) AS asked"
                                   : "unnest($4::text[]) WITH ORDINALITY AS asked(id, n)";
  return std::string(kLookSql) + "asked.n, g.created_at::text FROM " + asked + " LEFT JOIN " +
         pg::QualifiedName{source.schema, "games"}.Quoted() +
         " g ON g.uuid = asked.id AND g.created_at IS NOT NULL";
}

pg::KeptStatement LookStatement(const model::SourceId& source, const std::vector<std::string>& ids,
                                bool with_hints) {
  const bool is_one = ids.size() == 1;
  pg::KeptStatement look{LookSql(source, with_hints, is_one),
                         {source.database, source.schema, source.table}};
  if (with_hints) look.params.emplace_back(is_one ? ids.front() : ArrayLiteral(ids));
  return look;
}

Look ReadLook(const pg::QueryResult& rows, std::size_t ids) {
  Look look;
  look.times.resize(ids);
  for (int i = 0; i < rows.rows(); ++i) {
    look.stamp = {rows.Text(i, 0), rows.Text(i, 1)};
    if (rows.IsNull(i, 3)) continue;
    std::vector<std::string>& times = look.times[static_cast<std::size_t>(rows.Int(i, 2)) - 1];
    times.push_back(rows.Text(i, 3));
  }
  for (std::vector<std::string>& times : look.times) {
    std::sort(times.begin(), times.end());
    times.erase(std::unique(times.begin(), times.end()), times.end());
  }
  return look;
}

pg::KeptStatement RowsStatement(const SourceTable& source, const model::TableSchema& schema,
                                const std::vector<std::string>& ids,
                                const std::vector<std::string>& at) {
  const std::string id = "t." + pg::Identifier(source.id_column).Quoted();
  const std::string time = "t." + pg::Identifier(source.partition_column).Quoted();
  const OneOf is_asked(id, source.IdArrayType(), 1, ids);
  pg::Params params = {is_asked.parameter};
  std::string when;
  if (!at.empty()) {
    const OneOf is_then(time, source.partition_type + "[]", 2, at);
    when = " AND " + is_then.condition;
    params.emplace_back(is_then.parameter);
  }
  return {"SELECT " + id + "::text, " + OutputColumns(schema) + " FROM " + source.name().Quoted() +
              " AS t WHERE " + is_asked.condition + when + " ORDER BY " + time +
              ", t.tableoid, t.ctid",
          params};
}

std::vector<LiveRow> ReadRows(const pg::QueryResult& rows, const model::TableSchema& schema) {
  std::vector<LiveRow> found;
  for (int i = 0; i < rows.rows(); ++i) {
    found.push_back({rows.Text(i, 0), rows.Values(i, 1, schema.columns.size())});
  }
  return found;
}

struct PictureRow {
  ArchivePlace archive;
  int round = 1;
  bool is_archived = false;
};

Result<PictureRow> ReadArchive(const pg::QueryResult& rows, int row) {
  PictureRow read;
  read.archive.id = rows.Int(row, 0);
  PGATTIC_ASSIGN_OR_RETURN(const model::Phase phase, model::PhaseFromName(rows.Text(row, 1)));
  read.archive.is_swapped = model::IsSwapped(phase);
  read.is_archived = phase == model::Phase::kArchived;
  read.archive.route = rows.Int(row, 2);
  read.round = static_cast<int>(rows.Int(row, 3));
  read.archive.nonce = rows.Text(row, 4);
  read.archive.from_us = rows.Int(row, 5);
  read.archive.to_us = rows.Int(row, 6);
  return read;
}

model::PartRecord ReadPart(const pg::QueryResult& rows, int row) {
  model::PartRecord part;
  part.number = static_cast<int>(rows.Int(row, 7));
  part.round = static_cast<int>(rows.Int(row, 8));
  part.key = rows.Text(row, 9);
  part.rows = rows.Int(row, 10);
  part.bytes = rows.Int(row, 11);
  part.footer_bytes = rows.Int(row, 12);
  part.etag = rows.Text(row, 13);
  part.version_id = rows.Text(row, 14);
  part.sha256 = rows.Text(row, 15);
  part.filter_key = rows.Text(row, 16);
  part.filter_etag = rows.Text(row, 17);
  part.min_id = rows.Text(row, 18);
  part.max_id = rows.Text(row, 19);
  return part;
}

}  // namespace

Result<Look> LookAround(const OpContext& ctx, pg::Connection& connection,
                        const model::SourceId& source, const std::vector<std::string>& ids,
                        bool with_hints) {
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult rows,
                           connection.ExecKept(ctx, LookStatement(source, ids, with_hints)));
  return ReadLook(rows, ids.size());
}

Result<Picture> LoadPicture(const OpContext& ctx, pg::Connection& connection,
                            const model::SourceId& source) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection.Exec(ctx, kPictureSql, {source.database, source.schema, source.table}));
  Picture picture;
  std::int64_t newest = 0;
  std::int64_t moves = 0;
  for (int i = 0; i < rows.rows(); ++i) {
    PGATTIC_ASSIGN_OR_RETURN(PictureRow read, ReadArchive(rows, i));
    if (picture.archives.empty() || picture.archives.back().id != read.archive.id) {
      newest = std::max(newest, read.archive.id);
      moves += read.archive.route;
      picture.archives.push_back(std::move(read.archive));
    }
    if (rows.IsNull(i, 7)) continue;
    model::PartRecord part = ReadPart(rows, i);
    ArchivePlace& archive = picture.archives.back();
    archive.is_final.push_back(part.round < read.round || read.is_archived);
    archive.parts.push_back(std::move(part));
  }
  picture.journal = std::to_string(picture.archives.size());
  if (!picture.archives.empty()) {
    picture.journal += ":" + std::to_string(newest) + ":" + std::to_string(moves);
  }
  return picture;
}

Result<std::vector<LiveRow>> LiveRows(const OpContext& ctx, pg::Connection& connection,
                                      const SourceTable& source, const model::TableSchema& schema,
                                      const std::vector<std::string>& ids,
                                      const std::vector<std::string>& at) {
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult rows,
                           connection.ExecKept(ctx, RowsStatement(source, schema, ids, at)));
  return ReadRows(rows, schema);
}

Result<Glance> LookAndRows(const OpContext& ctx, pg::Connection& connection,
                           const SourceTable& source, const model::TableSchema& schema,
                           const GlanceAsk& ask) {
  const std::vector<Result<pg::QueryResult>> both =
      connection.ExecKeptTogether(ctx, {LookStatement(source.id, {ask.id}, ask.with_hints),
                                        RowsStatement(source, schema, {ask.id}, ask.at)});
  if (!both[0].ok()) return both[0].status();
  return Glance{ReadLook(*both[0], 1), both[1].ok()
                                           ? ReadRows(*both[1], schema)
                                           : Result<std::vector<LiveRow>>(both[1].status())};
}

}  // namespace pgattic::catalog
