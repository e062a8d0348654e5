#include <algorithm>

#include "archive/cleanup.h"
#include "archive/swap_step.h"
#include "base/failpoint.h"
#include "catalog/statuses.h"
#include "catalog/swap.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;
using model::Phase;

constexpr std::chrono::milliseconds kDetachedLockTimeout{2000};

/// Outside the lock: what would make ATTACH scan the table.
Status Prepare(const RunContext& run, const ArchiveRecord& record) {
  PGATTIC_FAILPOINT("rollback.before_prepare");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(catalog::ActAsOwner(run.ctx, run.connection, run.source));
  PGATTIC_RETURN_IF_ERROR(
      catalog::PrepareAttach(run.ctx, run.connection, run.source, record.relation, record.bounds));
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("rollback.after_prepare");
  return Status::Ok();
}

Status SwapBackOnce(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(catalog::SetSynchronousCommit(run.ctx, run.connection, "local"));
  const pg::QualifiedName late{record.relation.name.schema, record.late_name};
  ArchiveRecord back = record;
  back.late_name.clear();
  back.drop_after.clear();
  PGATTIC_RETURN_IF_ERROR(run.journal.Advance(
      run.ctx, back, model::Event::kSwappedBack,
      record.relation.name.Plain() + " is a partition again, late rows inside"));
  PGATTIC_RETURN_IF_ERROR(catalog::ActAsOwner(run.ctx, run.connection, run.source));
  PGATTIC_ASSIGN_OR_RETURN(
      const std::chrono::milliseconds timeout,
      catalog::ParentLockTimeout(run.ctx, run.connection, run.options.parent_lock_timeout));
  PGATTIC_RETURN_IF_ERROR(catalog::LockRelation(run.ctx, run.connection, record.relation.name,
                                                "ACCESS EXCLUSIVE", kDetachedLockTimeout));
  PGATTIC_RETURN_IF_ERROR(catalog::LockRelation(run.ctx, run.connection, run.source.name(),
                                                "ACCESS EXCLUSIVE", timeout));
  PGATTIC_RETURN_IF_ERROR(
      catalog::LockRelation(run.ctx, run.connection, late, "ACCESS EXCLUSIVE", timeout));
  PGATTIC_RETURN_IF_ERROR(
      catalog::SwapBack(run.ctx, run.connection, run.source, record.relation, late, record.bounds));
  PGATTIC_FAILPOINT("rollback.before_commit");
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("rollback.after_commit");
  record = std::move(back);
  return Status::Ok();
}

Status SwapBackWithTries(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_RETURN_IF_ERROR(Prepare(run, record));
  for (int tries = 1;; ++tries) {
    Status status = SwapBackOnce(run, record);
    if (!status.Is(Code::kDeferred) || tries >= run.options.swap_tries) return status;
    PGATTIC_RETURN_IF_ERROR(run.ctx.SleepFor(run.options.swap_pause));
  }
}

/// Killed between batches, a run that goes on must mark again before it swaps.
Status LeaveMarked(const RunContext& run, ArchiveRecord& record) {
  if (record.state.phase != Phase::kMarked) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(
      run.journal.Advance(run.ctx, record, model::Event::kUnmarking, "statuses are put back"));
  return transaction->Commit(run.ctx);
}

Status Unmark(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(const std::uint32_t oid,
                           catalog::FindRelation(run.ctx, run.connection, record.relation.name));
  if (!run.source_options.is_games || oid != record.relation.oid) return Status::Ok();
  PGATTIC_RETURN_IF_ERROR(LeaveMarked(run, record));
  catalog::GameStatuses statuses(run.connection, run.source, record.relation);
  PGATTIC_ASSIGN_OR_RETURN(const catalog::GameStatuses::Walk walk, statuses.Plan(run.ctx));
  for (std::int64_t block = 0; block < walk.blocks; block += walk.blocks_a_batch) {
    PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
    PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, ""));
    PGATTIC_RETURN_IF_ERROR(statuses
                                .UnmarkBatch(run.ctx, record.id, record.state.round, block,
                                             std::min(walk.blocks, block + walk.blocks_a_batch))
                                .status());
    PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  }
  return Status::Ok();
}

/// The journal forgets the parts; CleanUp deletes their objects.
Status ForgetParts(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_FAILPOINT("rollback.before_done");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  record.fingerprint.reset();
  record.text_columns.clear();
  PGATTIC_RETURN_IF_ERROR(run.journal.Advance(run.ctx, record, model::Event::kRolledBack,
                                              "the objects of this archive are deleted"));
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<JournalPart> parts,
                           run.journal.Parts(run.ctx, record.id));
  for (JournalPart part : parts) {
    part.state = catalog::PartState::kObsolete;
    part.published = false;
    PGATTIC_RETURN_IF_ERROR(run.journal.UpdatePart(run.ctx, record.id, part));
  }
  catalog::GameStatuses statuses(run.connection, run.source, record.relation);
  PGATTIC_RETURN_IF_ERROR(statuses.Forget(run.ctx, record.id, record.state.round));
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("rollback.after_done");
  return Status::Ok();
}

}  // namespace

Status RollBack(const RunContext& run, ArchiveRecord& record) {
  const Phase phase = record.state.phase;
  if (record.state.round > 1) {
    return {Code::kUnsupported, "the archive of " + record.partition + " is in its late round " +
                                    std::to_string(record.state.round) +
                                    "; only a first round can be rolled back. Nothing was changed"};
  }
  if (phase == Phase::kArchived) {
    return {Code::kFailedPrecondition, "the table of " + record.partition +
                                           " is dropped; nothing was changed. Its rows "
                                           "are read from the archive"};
  }
  if (phase == Phase::kDetached) {
    PGATTIC_RETURN_IF_ERROR(SwapBackWithTries(run, record));
  }
  if (phase != Phase::kPlanned) {
    // Marks may exist from verified on, where a run was killed between batches.
    PGATTIC_RETURN_IF_ERROR(Unmark(run, record));
    PGATTIC_RETURN_IF_ERROR(ForgetParts(run, record));
  }
  PGATTIC_FAILPOINT("rollback.before_unpublish");
  PGATTIC_RETURN_IF_ERROR(CleanUp(run, record));
  PGATTIC_FAILPOINT("rollback.after_unpublish");
  return Status::Ok();
}

}  // namespace pgattic::archive
