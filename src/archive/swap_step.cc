#include "archive/swap_step.h"

#include "archive/object_check.h"
#include "base/failpoint.h"
#include "catalog/swap.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;

enum class Fence { kSwapped, kChanged };

Status Blocked(const std::string& partition, const std::string& why) {
  return {Code::kDeferred, partition + " was not swapped: " + why +
                               "; nothing was changed. The next run tries again"};
}

Status RefuseWhileHeld(const RunContext& run, const ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<std::string> holders,
                           catalog::LastingHolders(run.ctx, run.connection, run.source.oid,
                                                   record.relation.oid, run.options.look_apart));
  if (holders.empty()) return Status::Ok();
  std::string names;
  for (const std::string& holder : holders) names += (names.empty() ? "" : ", ") + holder;
  return Blocked(record.partition, "its locks are held by " + names);
}

/// The same hazards as before the export, now under the lock.
Status CheckHazardsAgain(const RunContext& run, const ArchiveRecord& record) {
  catalog::Partition partition;
  partition.name = record.relation.name;
  partition.oid = record.relation.oid;
  partition.bounds = record.bounds;
  PGATTIC_ASSIGN_OR_RETURN(
      const std::vector<catalog::Hazard> hazards,
      catalog::FindHazards(run.ctx, run.connection, run.source, partition,
                           {run.source_options.allow_publications, run.source_options.is_games}));
  return catalog::RefuseHazards(hazards, record.partition);
}

/// Attached under its name, with its bounds, to its parent.
Status CheckAttached(const RunContext& run, const ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(
      const std::optional<catalog::Partition> partition,
      catalog::FindPartition(run.ctx, run.connection, run.source, record.relation.oid));
  if (partition && partition->bounds == record.bounds && partition->name == record.relation.name) {
    return Status::Ok();
  }
  return {Code::kFailedPrecondition,
          record.relation.name.Plain() +
              " is no longer the partition that was exported: somebody detached or replaced it, or "
              "changed its bounds, by hand; nothing was changed. Attach it again, or forget this "
              "archive by `pgattic rollback " +
              record.partition + "`"};
}

Result<bool> SourceIsUnchanged(const RunContext& run, const ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(const catalog::Fingerprint rows,
                           catalog::TakeFingerprint(run.ctx, run.connection, record.relation));
  PGATTIC_ASSIGN_OR_RETURN(
      const std::string schema,
      catalog::SchemaFingerprint(run.ctx, run.connection, record.relation.oid));
  return rows == record.fingerprint && schema == record.schema_fingerprint;
}

Status DetachAndReplace(const RunContext& run, const ArchiveRecord& record) {
  const pg::QualifiedName parent = run.source.name();
  PGATTIC_FAILPOINT("swap.before_waiters");
  PGATTIC_ASSIGN_OR_RETURN(const bool waiters,
                           catalog::HasWaiters(run.ctx, run.connection, record.relation.oid));
  if (waiters) {
    // A late writer holds the parent and waits for us: going on would be a deadlock.
    return Blocked(record.partition, "a writer waits for it");
  }
  PGATTIC_ASSIGN_OR_RETURN(
      const std::chrono::milliseconds timeout,
      catalog::ParentLockTimeout(run.ctx, run.connection, run.options.parent_lock_timeout));
  PGATTIC_RETURN_IF_ERROR(
      catalog::LockRelation(run.ctx, run.connection, parent, "ACCESS EXCLUSIVE", timeout));
  PGATTIC_FAILPOINT("swap.before_detach");
  PGATTIC_RETURN_IF_ERROR(
      catalog::DetachPartition(run.ctx, run.connection, run.source, record.relation));
  return catalog::CreateLatePartition(run.ctx, run.connection, run.source, record.relation,
                                      record.late_name, record.bounds);
}

Result<Fence> TrySwap(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_FAILPOINT("swap.before_begin");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(catalog::SetSynchronousCommit(run.ctx, run.connection, "local"));
  ArchiveRecord swapped = record;
  swapped.late_name = catalog::LateName(record.partition, record.state.round);
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult due,
      run.connection.Exec(run.ctx, "SELECT (clock_timestamp() + make_interval(secs => $1))::text",
                          {std::to_string(run.source_options.grace.count())}));
  swapped.drop_after = due.Text(0, 0);
  PGATTIC_RETURN_IF_ERROR(run.journal.Advance(
      run.ctx, swapped, model::Event::kSwapped,
      record.relation.name.Plain() + " stands aside; late rows go to " + swapped.late_name));
  PGATTIC_RETURN_IF_ERROR(RefuseWhileHeld(run, record));
  PGATTIC_FAILPOINT("swap.before_lock");
  PGATTIC_RETURN_IF_ERROR(catalog::ActAsOwner(run.ctx, run.connection, run.source));
  PGATTIC_RETURN_IF_ERROR(catalog::LockRelation(run.ctx, run.connection, record.relation.name,
                                                "SHARE", run.options.partition_lock_timeout));
  PGATTIC_RETURN_IF_ERROR(CheckAttached(run, record));
  PGATTIC_ASSIGN_OR_RETURN(const bool unchanged, SourceIsUnchanged(run, record));
  if (!unchanged) return Fence::kChanged;
  PGATTIC_RETURN_IF_ERROR(CheckHazardsAgain(run, record));
  PGATTIC_RETURN_IF_ERROR(DetachAndReplace(run, swapped));
  PGATTIC_FAILPOINT("swap.before_commit");
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("swap.after_commit");
  record = std::move(swapped);
  return Fence::kSwapped;
}

/// A part of a former round: its table is dropped, nothing can make it again.
Status LostForGood(const Status& why) {
  return {Code::kFailedPrecondition,
          why.error().message +
              "; its rows are nowhere else, and nothing was changed. Restore the object from a "
              "version or a copy of the bucket"};
}

/// Readers go to the bucket from the swap on: what is missing there is made again before it.
Status TakeBackMissingParts(const RunContext& run, ArchiveRecord& record, const Status& why) {
  PGATTIC_ASSIGN_OR_RETURN(std::vector<JournalPart> parts, LiveParts(run, record));
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(run.journal.Advance(run.ctx, record, model::Event::kSourceChanged,
                                              why.error().message + "; it is made again"));
  bool replaced_any = false;
  for (JournalPart& part : parts) {
    if (run.store.Head(run.ctx, part.record.key, part.record.version_id).ok()) continue;
    replaced_any = true;
    PGATTIC_RETURN_IF_ERROR(ReplacePart(run, record, std::move(part), false));
  }
  if (!replaced_any) return LostForGood(why);
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, ""));
  return transaction->Commit(run.ctx);
}

}  // namespace

Status Swap(const RunContext& run, ArchiveRecord& record) {
  Status objects = CheckObjects(run, record).status();
  if (objects.Is(Code::kNotFound)) return TakeBackMissingParts(run, record, objects);
  if (objects.Is(Code::kFailedPrecondition)) {
    return {Code::kFailedPrecondition,
            objects.error().message +
                "; nothing was swapped. Put it right in the bucket, or make the archive anew: "
                "`pgattic rollback " +
                record.partition + "`, then archive"};
  }
  PGATTIC_RETURN_IF_ERROR(std::move(objects).While("looking at the bucket before the swap"));
  for (int tries = 1;; ++tries) {
    Result<Fence> fence = TrySwap(run, record);
    if (fence.ok() && *fence == Fence::kSwapped) return Status::Ok();
    if (fence.ok()) {
      PGATTIC_ASSIGN_OR_RETURN(const int changed, TakeBackChangedParts(run, record));
      if (changed > 0) return Status::Ok();
      return Blocked(record.partition, "its rows changed and changed back");
    }
    if (!fence.Is(Code::kDeferred) || tries >= run.options.swap_tries) {
      return std::move(fence).status();
    }
    PGATTIC_RETURN_IF_ERROR(run.ctx.SleepFor(run.options.swap_pause));
  }
}

}  // namespace pgattic::archive
