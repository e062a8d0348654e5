#include <algorithm>

#include "archive/swap_step.h"
#include "base/failpoint.h"
#include "catalog/statuses.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;

/// One batch and its journal change are one transaction.
Status MarkBatches(const RunContext& run, ArchiveRecord& record) {
  catalog::GameStatuses statuses(run.connection, run.source, record.relation);
  PGATTIC_RETURN_IF_ERROR(statuses.Check(run.ctx));
  PGATTIC_ASSIGN_OR_RETURN(const catalog::GameStatuses::Walk walk, statuses.Plan(run.ctx));
  std::int64_t marked = 0;
  for (std::int64_t block = 0; block < walk.blocks; block += walk.blocks_a_batch) {
    PGATTIC_FAILPOINT("mark.before_batch");
    PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
    PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, ""));
    PGATTIC_ASSIGN_OR_RETURN(
        const std::int64_t batch,
        statuses.MarkBatch(run.ctx, record.id, record.state.round, block,
                           std::min(walk.blocks, block + walk.blocks_a_batch)));
    PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
    PGATTIC_FAILPOINT("mark.after_batch");
    marked += batch;
    if (run.on_progress) run.on_progress({record.partition, "mark", marked, 0, 0});
  }
  return Status::Ok();
}

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

}  // namespace

Status Mark(const RunContext& run, ArchiveRecord& record) {
  if (run.source_options.is_games) {
    PGATTIC_RETURN_IF_ERROR(MarkBatches(run, record));
  }
  PGATTIC_ASSIGN_OR_RETURN(record.marked_xid, catalog::CurrentXid(run.ctx, run.connection));
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
