#include "archive/export_step.h"

#include <algorithm>
#include <mutex>

#include "archive/cleanup.h"
#include "archive/part_crew.h"
#include "archive/part_export.h"
#include "base/failpoint.h"
#include "base/hash.h"
#include "catalog/restoring.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;
using catalog::PartState;

int PartCount(const RunOptions& options, std::int64_t relation_bytes) {
  if (relation_bytes < options.single_part_bytes) return 1;
  const std::int64_t by_size =
      relation_bytes / std::max<std::int64_t>(1, options.part_relation_bytes);
  return std::max(WorkerCount(options), static_cast<int>(by_size));
}

/// The ranges of a first export, as parts of no number yet.
Result<std::vector<JournalPart>> FirstParts(const RunContext& run, const ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<catalog::IdRange> ranges,
                           catalog::SplitIds(run.ctx, run.connection, run.source, record.relation,
                                             PartCount(run.options, record.relation_bytes)));
  std::vector<JournalPart> parts(ranges.size());
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    parts[i].range = ranges[i];
    parts[i].record.number = -1;
  }
  return parts;
}

/// Exports parts. Results are journalled by whichever worker made them, under one mutex: it
/// guards the run's connection, its journal and `record`.
class PartsExport {
 public:
  PartsExport(const RunContext& run, ArchiveRecord& record, model::TableSchema schema)
      : run_(run), record_(record), schema_(std::move(schema)), frozen_(record) {}

  Status Run(std::vector<JournalPart> parts) {
    PGATTIC_ASSIGN_OR_RETURN(progress_.rows_total,
                             catalog::CountRows(run_.ctx, run_.connection, frozen_.relation));
    const std::int64_t rows = progress_.rows_total;
    return WorkOnParts(run_, frozen_, rows, parts,
                       [this](pg::Connection& connection, JournalPart& part) {
                         return ExportOne(connection, part);
                       });
  }

 private:
  Status ExportOne(pg::Connection& connection, JournalPart& part) {
    const std::function<Status(std::int64_t, std::int64_t)> on_rows = [this](std::int64_t rows,
                                                                             std::int64_t bytes) {
      Report(rows, bytes);
      return run_.pacer == nullptr ? Status::Ok() : run_.pacer->Read(run_.ctx, bytes, rows);
    };
    const PartExport one{run_.ctx, run_.store,        run_.source, frozen_,
                         schema_,  run_.options.part, on_rows};
    PGATTIC_RETURN_IF_ERROR(one.Run(connection, part));
    PGATTIC_FAILPOINT("part.before_record");
    Status recorded = Record(part);
    if (!recorded.ok()) DeleteUnlessWanted(run_, frozen_, part);
    return recorded;
  }

  Status Record(const JournalPart& part) {
    const std::scoped_lock lock(mutex_);
    PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run_.ctx, run_.connection));
    PGATTIC_RETURN_IF_ERROR(run_.journal.Touch(run_.ctx, record_, ""));
    PGATTIC_RETURN_IF_ERROR(run_.journal.UpdatePart(run_.ctx, record_.id, part));
    PGATTIC_RETURN_IF_ERROR(transaction->Commit(run_.ctx));
    PGATTIC_FAILPOINT("part.after_record");
    return Status::Ok();
  }

  void Report(std::int64_t rows, std::int64_t bytes) {
    if (!run_.on_progress) return;
    const std::scoped_lock lock(progress_mutex_);
    progress_.rows_done += rows;
    progress_.bytes_done += bytes;
    run_.on_progress(progress_);
  }

  const RunContext& run_;
  ArchiveRecord& record_;
  const model::TableSchema schema_;
  const ArchiveRecord frozen_;  ///< As the export began; read by all workers.
  std::mutex mutex_;
  std::mutex progress_mutex_;  // Guards progress_.
  Progress progress_{frozen_.partition, "export"};
};

/// Columns that hold what Arrow cannot: every part of the round is made again with them as
/// text. One scan finds them all, so that each does not cost an export.
Status TravelAsText(const RunContext& run, ArchiveRecord& record, const model::TableSchema& schema,
                    const std::string& column) {
  PGATTIC_ASSIGN_OR_RETURN(
      std::vector<std::string> columns,
      catalog::OutOfRangeColumns(run.ctx, run.connection, record.relation, schema));
  if (std::find(columns.begin(), columns.end(), column) == columns.end()) columns.push_back(column);
  std::string names;
  for (const std::string& name : columns) names += (names.empty() ? "\"" : ", \"") + name + "\"";
  PGATTIC_FAILPOINT("text.before_record");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  record.text_columns.insert(record.text_columns.end(), columns.begin(), columns.end());
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(
      run.ctx, record,
      "values of " + names + " lie outside the range of their Parquet types; they travel as text"));
  PGATTIC_ASSIGN_OR_RETURN(std::vector<JournalPart> parts, LiveParts(run, record));
  for (JournalPart& part : parts) {
    if (part.state == PartState::kWriting) continue;
    PGATTIC_RETURN_IF_ERROR(ReplacePart(run, record, std::move(part), false));
  }
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, ""));
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("text.after_record");
  return Status::Ok();
}

std::string SumOf(const std::vector<JournalPart>& parts, std::int64_t& rows) {
  // Fingerprint sums are numeric; PostgreSQL adds them exactly.
  std::string sql;
  rows = 0;
  for (const JournalPart& part : parts) {
    rows += part.record.rows;
    sql += (sql.empty() ? "" : " + ") + pg::QuoteLiteral(part.fingerprint_sum) + "::numeric";
  }
  return sql.empty() ? "0" : sql;
}

/// True when the parts together hold the very tuples of the table.
Result<bool> PartsAddUp(const RunContext& run, ArchiveRecord& record,
                        const std::vector<JournalPart>& parts) {
  std::int64_t rows = 0;
  const std::string sum_sql = SumOf(parts, rows);
  PGATTIC_ASSIGN_OR_RETURN(const pg::QueryResult sum,
                           run.connection.Exec(run.ctx, "SELECT (" + sum_sql + ")::text"));
  PGATTIC_ASSIGN_OR_RETURN(const catalog::Fingerprint whole,
                           catalog::TakeFingerprint(run.ctx, run.connection, record.relation));
  // What the parts hold, not what the table holds now: the fence compares with this.
  record.fingerprint = catalog::Fingerprint{rows, sum.Text(0, 0)};
  return whole == *record.fingerprint;
}

/// Records that the parts are complete, or which of them have to be made again.
Status CloseExport(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<JournalPart> parts, LiveParts(run, record));
  PGATTIC_ASSIGN_OR_RETURN(const bool adds_up, PartsAddUp(run, record, parts));
  if (!adds_up) {
    PGATTIC_ASSIGN_OR_RETURN(const int changed, TakeBackChangedParts(run, record));
    if (changed > 0) return Status::Ok();
    return {Code::kCorruption,
            "the parts of " + record.partition +
                " do not add up to the table, yet each equals its range: an index or the table is "
                "damaged, or ids lie outside every range; nothing was dropped. Check the table "
                "with amcheck"};
  }
  if (record.fingerprint->rows == 0) {
    return {Code::kFailedPrecondition,
            record.partition +
                " has become empty; an empty partition is never archived. Nothing "
                "was dropped; `pgattic rollback` forgets this archive"};
  }
  PGATTIC_FAILPOINT("export.before_totals");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(run.journal.Advance(run.ctx, record, model::Event::kPartsUploaded,
                                              std::to_string(parts.size()) + " parts, " +
                                                  std::to_string(record.fingerprint->rows) +
                                                  " rows"));
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("export.after_totals");
  return Status::Ok();
}

}  // namespace

Status StartExport(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(
      const std::string schema,
      catalog::SchemaFingerprint(run.ctx, run.connection, record.relation.oid));
  PGATTIC_ASSIGN_OR_RETURN(std::vector<JournalPart> parts, LiveParts(run, record));
  const bool is_first = parts.empty();
  const bool schema_changed = !is_first && schema != record.schema_fingerprint;
  if (is_first) {
    PGATTIC_ASSIGN_OR_RETURN(parts, FirstParts(run, record));
  }
  PGATTIC_FAILPOINT("export.before_start");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(run.journal.Advance(run.ctx, record, model::Event::kExportStarted,
                                              std::to_string(parts.size()) + " parts"));
  // What was restored is now archived again.
  PGATTIC_RETURN_IF_ERROR(catalog::RestoreJournal(run.connection).Forget(run.ctx, record.id));
  record.schema_fingerprint = schema;
  // Keys carry the attempt just taken; ReplacePart counts from the one before.
  ArchiveRecord numbering = record;
  --numbering.state.attempt;
  for (JournalPart& part : parts) {
    // A part of another schema is as good as none, however well it was proven.
    if (part.state != PartState::kWriting && !schema_changed) continue;
    PGATTIC_RETURN_IF_ERROR(
        ReplacePart(run, numbering, std::move(part), is_first && parts.size() == 1));
  }
  record.next_part = numbering.next_part;
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, ""));
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("export.after_start");
  return Status::Ok();
}

Result<ExportEnd> ExportParts(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(const model::TableSchema schema,
                           catalog::LoadColumns(run.ctx, run.connection, record.relation.oid,
                                                run.source.id_column, record.text_columns));
  PGATTIC_ASSIGN_OR_RETURN(std::vector<JournalPart> parts, LiveParts(run, record));
  std::erase_if(parts, [](const JournalPart& part) { return part.state != PartState::kWriting; });
  if (!parts.empty()) {
    Status exported = PartsExport(run, record, schema).Run(std::move(parts));
    if (exported.Is(Code::kUnsupported) && exported.error().origin.system == "column") {
      PGATTIC_RETURN_IF_ERROR(TravelAsText(run, record, schema, exported.error().origin.code));
      return ExportEnd::kOtherColumns;
    }
    PGATTIC_RETURN_IF_ERROR(std::move(exported));
  }
  PGATTIC_RETURN_IF_ERROR(CloseExport(run, record));
  return record.state.phase == model::Phase::kUploaded ? ExportEnd::kUploaded
                                                       : ExportEnd::kTableChanged;
}

}  // namespace pgattic::archive
