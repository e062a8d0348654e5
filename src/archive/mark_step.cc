#include <algorithm>

#include "archive/swap_step.h"
#include "base/failpoint.h"
#include "catalog/statuses.h"
#include "catalog/swap.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;

// In marked_xid: some mark is newer than any transaction that was taken for a comparison.
constexpr const char* kMarksUnseen = "0";

// A batch locks a few thousand rows of games; nobody who holds one is waited for longer.
constexpr std::chrono::milliseconds kRowLockTimeout{2000};

Status WaitForOldSnapshots(const RunContext& run, const ArchiveRecord& record) {
  const OpContext limited = run.ctx.WithDeadline(run.options.snapshot_wait);
  while (true) {
    PGATTIC_ASSIGN_OR_RETURN(const std::string who,
                             catalog::OldSnapshots(run.ctx, run.connection, record.marked_xid));
    if (who.empty()) return Status::Ok();
    if (limited.SleepFor(std::chrono::milliseconds(200)).ok()) continue;
    PGATTIC_RETURN_IF_ERROR(run.ctx.Check());
    return {Code::kDeferred, "the swap of " + record.partition +
                                 " waits for snapshots older than its mark, held by " + who +
                                 "; nothing was swapped. The next run tries again"};
  }
}

/// Statuses that are at 3 before the first batch are not ours to put back.
Status KeepFormerOnce(const RunContext& run, ArchiveRecord& record,
                      catalog::GameStatuses& statuses) {
  if (!record.marked_xid.empty()) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  record.marked_xid = kMarksUnseen;
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, ""));
  PGATTIC_RETURN_IF_ERROR(statuses.KeepArchived(run.ctx, record.id, record.state.round));
  return transaction->Commit(run.ctx);
}

/// The transaction that snapshots are compared with. A run that marks nothing more keeps it,
/// so that a wait that was broken off does not begin anew.
Status RecordMarkedXid(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(record.marked_xid, catalog::CurrentXid(run.ctx, run.connection));
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, ""));
  return transaction->Commit(run.ctx);
}

/// One batch and its journal change are one transaction.
Result<std::int64_t> MarkBlocks(const RunContext& run, ArchiveRecord& record,
                                catalog::GameStatuses& statuses, std::int64_t first,
                                std::int64_t end) {
  PGATTIC_FAILPOINT("mark.before_batch");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, ""));
  PGATTIC_RETURN_IF_ERROR(catalog::SetLockTimeout(run.ctx, run.connection, kRowLockTimeout));
  PGATTIC_ASSIGN_OR_RETURN(const std::int64_t marked,
                           statuses.MarkBatch(run.ctx, record.id, record.state.round, first, end));
  if (marked > 0 && record.marked_xid != kMarksUnseen) {
    record.marked_xid = kMarksUnseen;
    PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, ""));
  }
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("mark.after_batch");
  return marked;
}

}  // namespace

Status MarkStatuses(const RunContext& run, ArchiveRecord& record) {
  if (!run.source_options.is_games) return Status::Ok();
  catalog::GameStatuses statuses(run.connection, run.source, record.relation);
  PGATTIC_RETURN_IF_ERROR(statuses.Check(run.ctx));
  PGATTIC_RETURN_IF_ERROR(KeepFormerOnce(run, record, statuses));
  PGATTIC_ASSIGN_OR_RETURN(const catalog::GameStatuses::Walk walk,
                           statuses.Plan(run.ctx, record.fingerprint->rows));
  std::int64_t marked = 0;
  for (std::int64_t block = 0; block < walk.blocks; block += walk.blocks_a_batch) {
    PGATTIC_RETURN_IF_ERROR(run.AtSafePoint(run.connection));
    PGATTIC_ASSIGN_OR_RETURN(const std::int64_t batch,
                             MarkBlocks(run, record, statuses, block,
                                        std::min(walk.blocks, block + walk.blocks_a_batch)));
    marked += batch;
    if (run.on_progress) run.on_progress({record.partition, "mark", marked, 0, 0});
  }
  return Status::Ok();
}

Status Mark(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_RETURN_IF_ERROR(MarkStatuses(run, record));
  if (record.marked_xid.empty() || record.marked_xid == kMarksUnseen) {
    PGATTIC_RETURN_IF_ERROR(RecordMarkedXid(run, record));
  }
  PGATTIC_RETURN_IF_ERROR(WaitForOldSnapshots(run, record));
  PGATTIC_FAILPOINT("mark.before_done");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(
      run.journal.Advance(run.ctx, record, model::Event::kMarked, "no older snapshot is left"));
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("mark.after_done");
  return Status::Ok();
}

}  // namespace pgattic::archive
