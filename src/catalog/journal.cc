#include "catalog/journal.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "base/split.h"

namespace pgattic::catalog {
namespace {

constexpr const char* kArchiveColumns =
    "id, database_name, schema_name, table_name, partition_name, bound_from, bound_to, "
    "from_us, to_us, phase, revision, generation, attempt, round, next_part, "
    "relation_schema, relation_name, relation_oid, late_name, relation_bytes, "
    "fingerprint_rows, fingerprint_sum::text, schema_fingerprint, "
    "system_identifier, timeline, metadata_etag, checksums_etag, former_bytes, marked_xid, "
    "coalesce(drop_after::text, ''), error, updated_at::text, "
    "array_to_string(text_columns, chr(1)), nonce";

/// Reads one row column by column, in the order of the select list.
class RowReader {
 public:
  RowReader(const pg::QueryResult& rows, int row) : rows_(rows), row_(row) {}
  std::string Text() { return rows_.Text(row_, column_++); }
  std::int64_t Int() { return rows_.Int(row_, column_++); }
  int SmallInt() { return static_cast<int>(Int()); }
  bool Bool() { return rows_.Bool(row_, column_++); }
  std::optional<std::string> Optional() { return rows_.Optional(row_, column_++); }
  bool NextIsNull() const { return rows_.IsNull(row_, column_); }
  void Skip() { ++column_; }

 private:
  const pg::QueryResult& rows_;
  int row_;
  int column_ = 0;
};

Result<ArchiveRecord> ReadArchive(const pg::QueryResult& rows, int row) {
  RowReader in(rows, row);
  ArchiveRecord record;
  record.id = in.Int();
  record.source.database = in.Text();
  record.source.schema = in.Text();
  record.source.table = in.Text();
  record.partition = in.Text();
  record.bounds.from = in.Text();
  record.bounds.to = in.Text();
  record.bounds.from_us = in.Int();
  record.bounds.to_us = in.Int();
  PGATTIC_ASSIGN_OR_RETURN(record.state.phase, model::PhaseFromName(in.Text()));
  record.state.revision = in.Int();
  record.state.generation = in.SmallInt();
  record.state.attempt = in.SmallInt();
  record.state.round = in.SmallInt();
  record.next_part = in.SmallInt();
  record.relation.name.schema = in.Text();
  record.relation.name.name = in.Text();
  record.relation.oid = static_cast<std::uint32_t>(in.Int());
  record.late_name = in.Text();
  record.relation_bytes = in.Int();
  if (in.NextIsNull()) {
    in.Skip();
    in.Skip();
  } else {
    const std::int64_t count = in.Int();
    record.fingerprint = Fingerprint{count, in.Text()};
  }
  record.schema_fingerprint = in.Text();
  record.system_identifier = in.Text();
  record.timeline = in.Int();
  record.metadata_etag = in.Text();
  record.checksums_etag = in.Text();
  record.former_bytes = in.Int();
  record.marked_xid = in.Text();
  record.drop_after = in.Text();
  record.error = in.Optional();
  record.updated_at = in.Text();
  const std::string text_columns = in.Text();
  if (!text_columns.empty()) record.text_columns = Split(text_columns, "\x01");
  record.nonce = in.Text();
  return record;
}

}  // namespace

Result<std::vector<ArchiveRecord>> Journal::List(const OpContext& ctx) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection_.Exec(ctx, std::string("SELECT ") + kArchiveColumns +
                                " FROM pgattic.archive WHERE database_name = "
                                "current_database() ORDER BY schema_name, table_name, "
                                "from_us"));
  std::vector<ArchiveRecord> records;
  for (int i = 0; i < rows.rows(); ++i) {
    PGATTIC_ASSIGN_OR_RETURN(ArchiveRecord record, ReadArchive(rows, i));
    records.push_back(std::move(record));
  }
  return records;
}

Result<std::vector<std::int64_t>> Journal::Untidy(const OpContext& ctx, bool with_copies) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection_.Exec(ctx,
                       "SELECT a.id FROM pgattic.archive a WHERE a.phase = 'archived' AND "
                       "(a.metadata_etag = '' OR EXISTS (SELECT FROM pgattic.part p WHERE "
                       "p.archive_id = a.id AND NOT (p.published AND p.state = 'verified')) OR "
                       "$1::boolean AND (EXISTS (SELECT FROM pgattic.part p WHERE p.archive_id = "
                       "a.id AND NOT EXISTS (SELECT FROM pgattic.part_copy c WHERE c.archive_id = "
                       "a.id AND c.number = p.number)) OR NOT EXISTS (SELECT FROM "
                       "pgattic.archive_copy c WHERE c.archive_id = a.id AND c.generation = "
                       "a.generation))) AND EXISTS (SELECT FROM pgattic.part p WHERE p.archive_id "
                       "= a.id) ORDER BY a.id",
                       {with_copies ? "t" : "f"}));
  std::vector<std::int64_t> ids;
  for (int i = 0; i < rows.rows(); ++i) ids.push_back(rows.Int(i, 0));
  return ids;
}

Result<ArchiveRecord> Journal::Load(const OpContext& ctx, std::int64_t id) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection_.Exec(
          ctx, std::string("SELECT ") + kArchiveColumns + " FROM pgattic.archive WHERE id = $1",
          {std::to_string(id)}));
  if (rows.empty()) return {Code::kNotFound, "no archive " + std::to_string(id)};
  return ReadArchive(rows, 0);
}

Result<ArchiveRecord> Journal::Register(const OpContext& ctx, const ArchiveRecord& planned) {
  const ArchiveRecord& p = planned;
  PGATTIC_RETURN_IF_ERROR(
      connection_
          .Exec(ctx,
                "WITH made AS (INSERT INTO pgattic.archive (database_name, schema_name, "
                "table_name, partition_name, bound_from, bound_to, from_us, to_us, phase, "
                "revision, generation, attempt, round, relation_schema, relation_name, "
                "relation_oid, relation_bytes, system_identifier, timeline, nonce) VALUES ($1, $2, "
                "$3, $4, $5, $6, $7, $8, 'planned', 1, 0, 0, 1, $9, $10, $11, $12, $13, $14, "
                "$15)"
                " ON CONFLICT DO NOTHING RETURNING id) "
                "INSERT INTO pgattic.event (archive_id, revision, phase, event, detail) "
                "SELECT id, 1, 'planned', 'registered', 'partition ' || $4 FROM made",
                {p.source.database, p.source.schema, p.source.table, p.partition, p.bounds.from,
                 p.bounds.to, std::to_string(p.bounds.from_us), std::to_string(p.bounds.to_us),
                 p.relation.name.schema, p.relation.name.name, std::to_string(p.relation.oid),
                 std::to_string(p.relation_bytes), p.system_identifier, std::to_string(p.timeline),
                 RandomHex(16)})
          .status());
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection_.Exec(ctx,
                       std::string("SELECT ") + kArchiveColumns +
                           " FROM pgattic.archive WHERE database_name = $1 AND "
                           "schema_name = $2 AND table_name = $3 AND from_us = $4 AND "
                           "to_us = $5",
                       {p.source.database, p.source.schema, p.source.table,
                        std::to_string(p.bounds.from_us), std::to_string(p.bounds.to_us)}));
  if (rows.empty()) return {Code::kInternal, "a journal row vanished after its insert"};
  return ReadArchive(rows, 0);
}

Status Journal::Write(const OpContext& ctx, const ArchiveRecord& before,
                      const ArchiveRecord& after) {
  const auto text = [](auto number) { return std::to_string(number); };
  const model::ArchiveState& s = after.state;
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult changed,
      connection_.Exec(
          ctx,
          "UPDATE pgattic.archive SET phase = $4, revision = $5, generation = $6, attempt = "
          "$7, round = $8, next_part = $9, relation_schema = $10, relation_name = $11, "
          "relation_oid = $12, late_name = $13, relation_bytes = $14, fingerprint_rows = "
          "$15, fingerprint_sum = $16, schema_fingerprint = $17, text_columns = $18, "
          "system_identifier = $19, timeline = $20, metadata_etag = $21, checksums_etag = "
          "$22, former_bytes = $23, marked_xid = $24, drop_after = nullif($25, "
          "'')::timestamptz, updated_at = now(), route = route + $26::bigint "
          "WHERE id = $1 AND phase = $2 AND revision = $3",
          {text(before.id),
           std::string(model::PhaseName(before.state.phase)),
           text(before.state.revision),
           std::string(model::PhaseName(s.phase)),
           text(s.revision),
           text(s.generation),
           text(s.attempt),
           text(s.round),
           text(after.next_part),
           after.relation.name.schema,
           after.relation.name.name,
           text(after.relation.oid),
           after.late_name,
           text(after.relation_bytes),
           after.fingerprint ? pg::Param(text(after.fingerprint->rows)) : std::nullopt,
           after.fingerprint ? pg::Param(after.fingerprint->sum) : std::nullopt,
           after.schema_fingerprint,
           ArrayLiteral(after.text_columns),
           after.system_identifier,
           text(after.timeline),
           after.metadata_etag,
           after.checksums_etag,
           text(after.former_bytes),
           after.marked_xid,
           after.drop_after,
           model::MovesRows(before.state, s) ? "1" : "0"}));
  if (changed.affected() == 1) return Status::Ok();
  return {Code::kConflict, "another process moved the archive of " + before.partition +
                               " on meanwhile; this one changed nothing. The next run goes "
                               "on from where it stands"};
}

Status Journal::LogEvent(const OpContext& ctx, const ArchiveRecord& record,
                         const std::string& event, const std::string& detail) {
  return connection_
      .Exec(ctx,
            "INSERT INTO pgattic.event (archive_id, revision, phase, event, detail) VALUES "
            "($1, $2, $3, $4, $5)",
            {std::to_string(record.id), std::to_string(record.state.revision),
             std::string(model::PhaseName(record.state.phase)), event, detail})
      .status();
}

Status Journal::Advance(const OpContext& ctx, ArchiveRecord& record, model::Event event,
                        const std::string& detail) {
  ArchiveRecord after = record;
  PGATTIC_ASSIGN_OR_RETURN(after.state, model::Apply(record.state, event));
  PGATTIC_RETURN_IF_ERROR(Write(ctx, record, after));
  record = std::move(after);
  return LogEvent(ctx, record, std::string(model::EventName(event)), detail);
}

Status Journal::Touch(const OpContext& ctx, ArchiveRecord& record, const std::string& detail) {
  ArchiveRecord after = record;
  ++after.state.revision;
  PGATTIC_RETURN_IF_ERROR(Write(ctx, record, after));
  record = std::move(after);
  return detail.empty() ? Status::Ok() : LogEvent(ctx, record, "note", detail);
}

Status Journal::Reconcile(const OpContext& ctx, ArchiveRecord& record, ArchiveRecord after,
                          const std::string& detail) {
  PGATTIC_RETURN_IF_ERROR(Write(ctx, record, after));
  // Wherever rows were looked for before: the recovery may have taken them there or away.
  PGATTIC_RETURN_IF_ERROR(
      connection_
          .Exec(ctx, "UPDATE pgattic.archive SET nonce = $2, route = route + 1 WHERE id = $1",
                {std::to_string(record.id), after.nonce})
          .status());
  record = std::move(after);
  return LogEvent(ctx, record, "reconciled", detail);
}

Result<ArchiveRecord> Journal::Insert(const OpContext& ctx, const ArchiveRecord& record,
                                      const std::string& detail) {
  PGATTIC_ASSIGN_OR_RETURN(ArchiveRecord made, Register(ctx, record));
  if (made.state.revision != 1 || made.state.phase != model::Phase::kPlanned ||
      made.relation.oid != record.relation.oid) {
    return {Code::kAlreadyExists, "the journal has an archive of " + record.partition + " already"};
  }
  ArchiveRecord after = record;
  after.id = made.id;
  PGATTIC_RETURN_IF_ERROR(Reconcile(ctx, made, std::move(after), detail));
  return made;
}

Status Journal::NoteError(const OpContext& ctx, std::int64_t id,
                          const std::optional<std::string>& error) {
  return connection_
      .Exec(ctx,
            "UPDATE pgattic.archive SET error = $2 WHERE id = $1 AND error IS DISTINCT FROM "
            "$2",
            {std::to_string(id), error})
      .status();
}

Result<std::vector<JournalEvent>> Journal::Events(const OpContext& ctx, std::int64_t archive_id) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult rows,
      connection_.Exec(ctx,
                       "SELECT to_char(at, 'YYYY-MM-DD HH24:MI:SS.MS'), revision, phase, "
                       "event, detail, who FROM pgattic.event WHERE archive_id = $1 ORDER BY "
                       "id",
                       {std::to_string(archive_id)}));
  std::vector<JournalEvent> events;
  for (int i = 0; i < rows.rows(); ++i) {
    events.push_back({rows.Text(i, 0), rows.Int(i, 1), rows.Text(i, 2), rows.Text(i, 3),
                      rows.Text(i, 4), rows.Text(i, 5)});
  }
  return events;
}

Result<bool> Journal::TryLead(const OpContext& ctx, std::int64_t archive_id) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection_.Exec(ctx, "SELECT pg_try_advisory_lock(hashtext('pgattic.archive'), $1::int)",
                       {std::to_string(archive_id)}));
  return row.Bool(0, 0);
}

Status Journal::StopLeading(const OpContext& ctx, std::int64_t archive_id) {
  return connection_
      .Exec(ctx, "SELECT pg_advisory_unlock(hashtext('pgattic.archive'), $1::int)",
            {std::to_string(archive_id)})
      .status();
}

Result<bool> Journal::ChangedSinceLastLook(const OpContext& ctx, std::uint32_t relation) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult row,
      connection_.Exec(
          ctx,
          "WITH now AS (SELECT $1::bigint AS oid, pg_stat_get_tuples_updated($1::oid) AS u, "
          "pg_stat_get_tuples_deleted($1::oid) AS d), "
          "before AS (SELECT updates, deletes FROM pgattic.look WHERE relation_oid = $1::bigint), "
          "kept AS (INSERT INTO pgattic.look SELECT oid, u, d FROM now ON CONFLICT "
          "(relation_oid) DO UPDATE SET updates = excluded.updates, deletes = "
          "excluded.deletes, at = now()) "
          "SELECT EXISTS (SELECT FROM now, before WHERE now.u > before.updates OR now.d > "
          "before.deletes)",
          {std::to_string(relation)}));
  return row.Bool(0, 0);
}

}  // namespace pgattic::catalog
