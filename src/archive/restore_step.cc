#include "archive/restore_step.h"

#include "archive/attach_step.h"
#include "archive/guard.h"
#include "archive/publish_step.h"
#include "archive/restore_table.h"
#include "base/failpoint.h"
#include "catalog/restoring.h"
#include "catalog/statuses.h"
#include "catalog/swap.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;
using catalog::RestoreRecord;
using catalog::RestoreStage;
using model::Phase;

Status NotArchived(const ArchiveRecord& record) {
  const Phase phase = record.state.phase;
  const std::string what = record.partition + " is in phase " +
                           std::string(model::PhaseName(phase)) + ", round " +
                           std::to_string(record.state.round);
  std::string remedy = "; its rows are in the database. Nothing was changed";
  if (phase == Phase::kDetached) {
    remedy = ": its table is still there. Nothing was changed; `pgattic rollback " +
             record.partition + "` attaches it again";
  } else if (record.state.round > 1) {
    remedy = ": late rows are being archived. Nothing was changed; `pgattic archive --partition " +
             record.partition + "` ends that, `pgattic rollback` takes it back";
  }
  return {Code::kFailedPrecondition, what + remedy};
}

/// The partition that takes late rows now, if there is one.
Result<std::optional<catalog::RelationRef>> LatePartition(const RunContext& run,
                                                          const ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<catalog::Partition> partitions,
                           catalog::ListPartitions(run.ctx, run.connection, run.source));
  std::optional<catalog::RelationRef> late;
  for (const catalog::Partition& partition : partitions) {
    const model::Bounds& bounds = partition.bounds;
    if (partition.kind == 'r' && bounds == record.bounds) {
      late = catalog::RelationRef{partition.name, partition.oid};
      continue;
    }
    const bool overlaps = partition.unsupported_bounds.empty() &&
                          bounds.from_us < record.bounds.to_us &&
                          record.bounds.from_us < bounds.to_us;
    if (!overlaps) continue;
    return {Code::kFailedPrecondition,
            "partition " + partition.name.Plain() + " of " + run.source.id.Name() +
                " overlaps the bounds of " + record.partition +
                "; nothing was changed. Detach it first, or load chosen rows by --ids FILE --into "
                "TABLE"};
  }
  return late;
}

/// Grants, storage options and replica identity are those of the partition that it replaces.
Status GiveAttributes(const RunContext& run, ArchiveRecord& record, const RestoreRecord& restore,
                      const std::optional<catalog::RelationRef>& late) {
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, ""));
  PGATTIC_RETURN_IF_ERROR(catalog::ActAsOwner(run.ctx, run.connection, run.source));
  if (late) {
    PGATTIC_RETURN_IF_ERROR(
        catalog::CopyAttributes(run.ctx, run.connection, *late, restore.table.name)
            .While("giving " + restore.table.name.Plain() + " the grants and options of " +
                   late->name.Plain()));
  }
  PGATTIC_RETURN_IF_ERROR(catalog::Analyze(run.ctx, run.connection, restore.table.name));
  return transaction->Commit(run.ctx);
}

/// All parts stay published, and none counts: the database has their rows.
Status RecordAttached(const RunContext& run, const ArchiveRecord& record, RestoreRecord restore) {
  PGATTIC_ASSIGN_OR_RETURN(std::vector<JournalPart> parts, run.journal.Parts(run.ctx, record.id));
  for (JournalPart& part : parts) {
    part.state = catalog::PartState::kObsolete;
    PGATTIC_RETURN_IF_ERROR(run.journal.UpdatePart(run.ctx, record.id, part));
  }
  catalog::GameStatuses statuses(run.connection, run.source, restore.table);
  PGATTIC_RETURN_IF_ERROR(statuses.MergeRounds(run.ctx, record.id));
  restore.stage = RestoreStage::kAttached;
  return catalog::RestoreJournal(run.connection).Update(run.ctx, restore);
}

Status CheckUntouched(const RunContext& run, const RestoreRecord& restore) {
  PGATTIC_ASSIGN_OR_RETURN(const std::uint32_t oid,
                           catalog::FindRelation(run.ctx, run.connection, restore.table.name));
  PGATTIC_ASSIGN_OR_RETURN(const catalog::Fingerprint now,
                           catalog::TakeFingerprint(run.ctx, run.connection, restore.table));
  if (oid == restore.table.oid && now == restore.proven) return Status::Ok();
  return {Code::kFailedPrecondition,
          "somebody wrote to " + restore.table.name.Plain() +
              " after it was compared; it was not attached, and the archive is as before. Run it "
              "again: it is compared once more"};
}

Status KeyIsThereTwice(const ArchiveRecord& record, const std::string& late, const Status& why) {
  return {Code::kFailedPrecondition,
          why.error().message + ". A row in " + late + " has the key of an archived row of " +
              record.partition +
              ": it was written after the archive, where no unique key reaches. Nothing was "
              "attached, no row was changed. Delete or change the one in " +
              late +
              " if the archived one is right; else load the archived ones by --ids FILE "
              "--into TABLE",
          why.error().origin};
}

Status Attach(const RunContext& run, ArchiveRecord& record, const RestoreRecord& restore,
              const std::optional<catalog::RelationRef>& late) {
  AttachPlan plan;
  plan.table = restore.table;
  if (late) plan.late = late->name;
  plan.event = model::Event::kRestored;
  plan.detail = restore.table.name.Plain() +
                " is a partition again, late rows inside; its objects "
                "stay until the next generation";
  plan.change = [&](ArchiveRecord& after) {
    after.relation = restore.table;
    after.late_name.clear();
    after.drop_after.clear();
    after.fingerprint.reset();
    after.schema_fingerprint.clear();
    after.text_columns.clear();
    after.former_bytes = 0;
  };
  plan.journal = [&] { return RecordAttached(run, record, restore); };
  plan.check = [&] { return CheckUntouched(run, restore); };
  Status attached = AttachInPlace(run, record, plan);
  const bool is_double = !attached.ok() && attached.error().origin.code == "23505";
  return is_double && late ? KeyIsThereTwice(record, late->name.Plain(), attached)
                           : std::move(attached);
}

}  // namespace

Status PutBackStatuses(const RunContext& run, ArchiveRecord& record) {
  if (!run.source_options.is_games) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(const std::int64_t rows,
                           catalog::CountRows(run.ctx, run.connection, record.relation));
  return UnmarkRows(run, record, rows, {"restore.before_batch", "restore.after_batch"});
}

Status EndRestore(const RunContext& run, ArchiveRecord& record) {
  catalog::RestoreJournal restores(run.connection);
  PGATTIC_ASSIGN_OR_RETURN(std::optional<RestoreRecord> restore, restores.Find(run.ctx, record.id));
  if (!restore || restore->stage != RestoreStage::kAttached) return Status::Ok();
  PGATTIC_RETURN_IF_ERROR(PutBackStatuses(run, record));
  PGATTIC_FAILPOINT("restore.before_done");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  record.marked_xid.clear();
  PGATTIC_RETURN_IF_ERROR(
      run.journal.Touch(run.ctx, record, "restored; archived again only by name"));
  catalog::GameStatuses statuses(run.connection, run.source, record.relation);
  PGATTIC_RETURN_IF_ERROR(statuses.Forget(run.ctx, record.id, record.state.round));
  restore->stage = RestoreStage::kDone;
  PGATTIC_RETURN_IF_ERROR(restores.Update(run.ctx, *restore));
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("restore.after_done");
  return Status::Ok();
}

Status ForgetRestored(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_RETURN_IF_ERROR(EndRestore(run, record));
  PGATTIC_ASSIGN_OR_RETURN(std::vector<JournalPart> parts, run.journal.Parts(run.ctx, record.id));
  std::erase_if(parts, [](const JournalPart& part) { return !part.published; });
  if (parts.empty()) return Status::Ok();
  PGATTIC_FAILPOINT("restore.before_forget");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(
      run.journal.Touch(run.ctx, record, "the objects of the restored archive are deleted"));
  for (JournalPart& part : parts) {
    part.published = false;
    PGATTIC_RETURN_IF_ERROR(run.journal.UpdatePart(run.ctx, record.id, part));
  }
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("restore.after_forget");
  return Status::Ok();
}

Status Restore(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_RETURN_IF_ERROR(CheckNotRecovered(run, record));
  PGATTIC_ASSIGN_OR_RETURN(const std::optional<RestoreRecord> known,
                           catalog::RestoreJournal(run.connection).Find(run.ctx, record.id));
  const bool is_attached = known && known->stage != RestoreStage::kLoading;
  if (record.state.phase == Phase::kPlanned && is_attached) return EndRestore(run, record);
  if (record.state.phase != Phase::kArchived) return NotArchived(record);
  PGATTIC_RETURN_IF_ERROR(Tidy(run, record));
  PGATTIC_ASSIGN_OR_RETURN(const std::optional<catalog::RelationRef> late,
                           LatePartition(run, record));
  PGATTIC_ASSIGN_OR_RETURN(RestoreRecord restore, FillRestoreTable(run, record, late));
  PGATTIC_RETURN_IF_ERROR(PrepareToAttach(run, record, restore.table));
  PGATTIC_RETURN_IF_ERROR(GiveAttributes(run, record, restore, late));
  PGATTIC_RETURN_IF_ERROR(ProveRestoreTable(run, record, restore));
  PGATTIC_RETURN_IF_ERROR(Attach(run, record, restore, late));
  PGATTIC_RETURN_IF_ERROR(EndRestore(run, record));
  return run.journal.NoteError(run.ctx, record.id, std::nullopt);
}

}  // namespace pgattic::archive
