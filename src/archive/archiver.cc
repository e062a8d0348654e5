#include "archive/archiver.h"

#include <chrono>

#include "archive/cleanup.h"
#include "archive/copy_step.h"
#include "archive/export_step.h"
#include "archive/guard.h"
#include "archive/lost_table.h"
#include "archive/proof_step.h"
#include "archive/publish_step.h"
#include "archive/restore_step.h"
#include "archive/swap_step.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "catalog/swap.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using model::Phase;

Status CheckChurn(const RunContext& run, const ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(const bool changed,
                           run.journal.ChangedSinceLastLook(run.ctx, record.relation.oid));
  if (!changed || run.source_options.allow_changes) return Status::Ok();
  return {Code::kDeferred, record.partition +
                               ": rows were updated or deleted since the last look; nothing "
                               "was changed. The next run looks again; set allow_changes = "
                               "true to archive it all the same"};
}

Status PublishAndMark(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(const bool is_published, IsPublished(run, record));
  if (!is_published) {
    PGATTIC_RETURN_IF_ERROR(Publish(run, record));
    PGATTIC_RETURN_IF_ERROR(CleanUp(run, record));
  }
  return Mark(run, record);
}

/// A second store that is another's is told before anything is exported. One that cannot be asked
/// now is asked again when it is copied to.
Status CheckCopyPrefix(const RunContext& run) {
  if (run.copy == nullptr) return Status::Ok();
  Status checked = CheckPrefix(run.At(*run.copy));
  if (!checked.Is(Code::kFailedPrecondition)) return Status::Ok();
  return std::move(checked).While("looking at the second store");
}

Status Begin(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_RETURN_IF_ERROR(EndRestore(run, record));
  PGATTIC_RETURN_IF_ERROR(CheckChurn(run, record));
  PGATTIC_RETURN_IF_ERROR(CheckCopyPrefix(run));
  PGATTIC_RETURN_IF_ERROR(ClaimPrefix(run, record));
  return StartExport(run, record);
}

/// The exports of one run.
struct Exports {
  int changed = 0;          ///< Tries during which the table changed.
  bool is_started = false;  ///< An attempt was numbered and not used yet.
};

/// Late rows that are all gone again, erased or deleted, are no round: the archive is as before.
Result<bool> EndEmptyRound(const RunContext& run, ArchiveRecord& record) {
  if (record.state.round == 1) return false;
  PGATTIC_ASSIGN_OR_RETURN(const std::int64_t rows,
                           catalog::CountRows(run.ctx, run.connection, record.relation));
  if (rows > 0) return false;
  PGATTIC_RETURN_IF_ERROR(RollBack(run, record));
  return true;
}

Status Export(const RunContext& run, ArchiveRecord& record, Exports& exports) {
  PGATTIC_ASSIGN_OR_RETURN(const bool is_over, EndEmptyRound(run, record));
  if (is_over) return Status::Ok();
  if (!exports.is_started) PGATTIC_RETURN_IF_ERROR(StartExport(run, record));
  exports.is_started = false;
  PGATTIC_ASSIGN_OR_RETURN(const ExportEnd end, ExportParts(run, record));
  if (end != ExportEnd::kTableChanged || ++exports.changed < run.options.export_tries) {
    return Status::Ok();
  }
  return {Code::kDeferred, record.partition + " changed during each of " +
                               std::to_string(exports.changed) +
                               " exports; nothing was dropped. The next run tries again"};
}

Status TakeStep(const RunContext& run, ArchiveRecord& record, Exports& exports) {
  switch (record.state.phase) {
    case Phase::kPlanned:
      exports.is_started = true;
      return Begin(run, record);
    case Phase::kExporting:
      return Export(run, record, exports);
    case Phase::kUploaded:
      return ProveParts(run, record);
    case Phase::kVerified:
      return PublishAndMark(run, record);
    case Phase::kMarked:
      return Swap(run, record);
    case Phase::kDetached:
      return Drop(run, record);
    case Phase::kArchived:
      return Status::Ok();
  }
  return Status::Ok();
}

Status Drive(const RunContext& run, ArchiveRecord& record, std::optional<Phase> until) {
  PGATTIC_RETURN_IF_ERROR(CheckNotRecovered(run, record));
  PGATTIC_RETURN_IF_ERROR(CheckTableIsThere(run, record));
  PGATTIC_RETURN_IF_ERROR(Tidy(run, record));
  Exports exports;
  if (record.state.phase == Phase::kExporting) {
    // Whatever a killed run left half written is written anew, under new keys.
    PGATTIC_RETURN_IF_ERROR(StartExport(run, record));
    exports.is_started = true;
    PGATTIC_RETURN_IF_ERROR(CleanUp(run, record));
  }
  while (record.state.phase != Phase::kArchived && (!until || record.state.phase < *until)) {
    PGATTIC_RETURN_IF_ERROR(run.AtSafePoint(run.connection));
    if (record.state.phase == Phase::kDetached) {
      // During the grace already: what is dropped has to lie in both stores.
      PGATTIC_RETURN_IF_ERROR(CopyArchive(run, record));
      PGATTIC_ASSIGN_OR_RETURN(const bool is_due, IsDropDue(run, record));
      if (!is_due) break;
    }
    PGATTIC_RETURN_IF_ERROR(TakeStep(run, record, exports));
    PGATTIC_ASSIGN_OR_RETURN(record, run.journal.Load(run.ctx, record.id));
    log::Write(log::Level::kInfo, "archive-step",
               {{"partition", record.partition},
                {"phase", std::string(model::PhaseName(record.state.phase))}});
  }
  PGATTIC_RETURN_IF_ERROR(CleanUp(run, record));
  return CopyArchive(run, record);
}

}  // namespace

Outcome AdvanceArchive(const RunContext& run, ArchiveRecord record, std::optional<Phase> until) {
  const auto started = run.ctx.clock().SteadyNow();
  Outcome outcome;
  Result<bool> leads = run.journal.TryLead(run.ctx, record.id);
  if (!leads.ok()) {
    outcome.status = std::move(leads).status();
  } else if (!*leads) {
    outcome.status = Status(Code::kDeferred, "another pgattic is at work on " + record.partition +
                                                 "; nothing was changed");
  } else {
    Result<ArchiveRecord> fresh = run.journal.Load(run.ctx, record.id);
    if (fresh.ok()) record = *fresh;
    outcome.status = Drive(run, record, until);
    if (outcome.status.Is(Code::kInDoubt)) {
      outcome.status = std::move(outcome.status).While("archiving " + record.partition);
    }
    if (run.connection.usable()) {
      std::optional<std::string> error;
      if (!outcome.status.ok()) error = outcome.status.ToString();
      // The outcome is already known; what cannot be noted is only not noted.
      static_cast<void>(run.journal.NoteError(run.ctx, record.id, error).ok());
      static_cast<void>(run.journal.StopLeading(run.ctx, record.id).ok());
    }
  }
  if (Result<ArchiveRecord> now = run.journal.Load(run.ctx, record.id); now.ok()) record = *now;
  if (auto parts = run.journal.Parts(run.ctx, record.id); parts.ok()) {
    outcome.parts = std::move(*parts);
    std::erase_if(outcome.parts, [](const catalog::JournalPart& part) {
      return part.state == catalog::PartState::kObsolete;
    });
  }
  outcome.record = std::move(record);
  outcome.seconds = std::chrono::duration<double>(run.ctx.clock().SteadyNow() - started).count();
  return outcome;
}

namespace {

/// Another run may have archived the very partition since the plan was made. The journal row is
/// locked: what it says of partitions cannot change meanwhile.
Status CheckStillAttached(const RunContext& run, const ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(const std::uint32_t parent,
                           catalog::ParentOf(run.ctx, run.connection, record.relation.oid));
  if (parent == run.source.oid) return Status::Ok();
  return {Code::kDeferred, record.relation.name.Plain() +
                               " is a partition no more: another run archived it meanwhile; "
                               "nothing was changed"};
}

}  // namespace

Result<ArchiveRecord> Enrol(const RunContext& run, const PlanEntry& entry) {
  // Not moved on; AdvanceArchive says why.
  if (entry.record && !CheckNotRecovered(run, *entry.record).ok()) return *entry.record;
  if (entry.record && entry.record->state.phase != Phase::kArchived &&
      entry.record->state.phase != Phase::kPlanned) {
    return *entry.record;
  }
  ArchiveRecord planned;
  planned.source = run.source.id;
  planned.partition = entry.partition.name.name;
  planned.bounds = entry.partition.bounds;
  planned.relation = {entry.partition.name, entry.partition.oid};
  planned.relation_bytes = entry.partition.bytes;
  planned.system_identifier = run.server.system_identifier;
  planned.timeline = run.server.timeline;
  PGATTIC_FAILPOINT("plan.before_register");
  PGATTIC_ASSIGN_OR_RETURN(ArchiveRecord record, run.journal.Register(run.ctx, planned));
  PGATTIC_FAILPOINT("plan.after_register");
  if (record.state.phase != Phase::kArchived && record.relation.oid == planned.relation.oid) {
    return record;
  }
  PGATTIC_FAILPOINT("enrol.before_record");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  record.relation = planned.relation;
  record.former_bytes += record.state.phase == Phase::kArchived ? record.relation_bytes : 0;
  record.relation_bytes = planned.relation_bytes;
  record.fingerprint.reset();
  if (record.state.phase == Phase::kArchived) {
    PGATTIC_RETURN_IF_ERROR(run.journal.Advance(run.ctx, record, model::Event::kLateRowsFound,
                                                "rows in " + planned.partition));
  } else {
    PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, "planned anew"));
  }
  PGATTIC_RETURN_IF_ERROR(CheckStillAttached(run, record));
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("enrol.after_record");
  return record;
}

}  // namespace pgattic::archive
