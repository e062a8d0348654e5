#include <algorithm>

#include "archive/guard.h"
#include "archive/lost_table.h"
#include "archive/publish_step.h"
#include "archive/rollback_check.h"
#include "archive/swap_step.h"
#include "base/failpoint.h"
#include "catalog/attach.h"
#include "catalog/statuses.h"
#include "catalog/swap.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;
using model::Phase;

constexpr std::chrono::milliseconds kDetachedLockTimeout{2000};
// What is added in one pass is validated in the next.
constexpr int kPreparePasses = 4;

Status Blocked(const std::string& partition, const std::string& why) {
  return {Code::kDeferred, partition + " was not attached: " + why +
                               "; its rows are where they were. Run it again later"};
}

/// Outside the parent's lock, each statement a short transaction: what would make ATTACH fail,
/// scan the table or build an index.
Status Prepare(const RunContext& run, ArchiveRecord& record) {
  for (int pass = 0; pass < kPreparePasses; ++pass) {
    PGATTIC_ASSIGN_OR_RETURN(const std::vector<std::string> statements,
                             catalog::MissingForAttach(run.ctx, run.connection, run.source,
                                                       record.relation, record.bounds));
    if (statements.empty()) return Status::Ok();
    for (const std::string& statement : statements) {
      PGATTIC_FAILPOINT("rollback.before_prepare");
      PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
      PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, ""));
      PGATTIC_RETURN_IF_ERROR(catalog::ActAsOwner(run.ctx, run.connection, run.source));
      PGATTIC_RETURN_IF_ERROR(
          catalog::SetLockTimeout(run.ctx, run.connection, kDetachedLockTimeout));
      PGATTIC_RETURN_IF_ERROR(run.connection.Exec(run.ctx, statement)
                                  .status()
                                  .While("preparing " + record.relation.name.Plain() +
                                         " to be attached again: " + statement));
      PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
      PGATTIC_FAILPOINT("rollback.after_prepare");
    }
  }
  return Blocked(record.partition, "its table is altered by somebody else meanwhile");
}

Status RefuseWhileHeld(const RunContext& run, const ArchiveRecord& record,
                       const pg::QualifiedName& late) {
  PGATTIC_ASSIGN_OR_RETURN(const std::uint32_t oid,
                           catalog::FindRelation(run.ctx, run.connection, late));
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<std::string> holders,
                           catalog::LastingHolders(run.ctx, run.connection, run.source.oid, oid,
                                                   run.options.look_apart));
  if (holders.empty()) return Status::Ok();
  return Blocked(record.partition, "locks are held by " + holders.front());
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
  PGATTIC_RETURN_IF_ERROR(RefuseWhileHeld(run, record, late));
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
  if (!run.source_options.is_games) return Status::Ok();
  PGATTIC_RETURN_IF_ERROR(LeaveMarked(run, record));
  catalog::GameStatuses statuses(run.connection, run.source, record.relation);
  const std::int64_t rows = record.fingerprint ? record.fingerprint->rows : 0;
  PGATTIC_ASSIGN_OR_RETURN(const catalog::GameStatuses::Walk walk, statuses.Plan(run.ctx, rows));
  for (std::int64_t block = 0; block < walk.blocks; block += walk.blocks_a_batch) {
    PGATTIC_FAILPOINT("rollback.before_batch");
    PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
    PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, ""));
    PGATTIC_RETURN_IF_ERROR(statuses
                                .UnmarkBatch(run.ctx, record.id, record.state.round, block,
                                             std::min(walk.blocks, block + walk.blocks_a_batch))
                                .status());
    PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
    PGATTIC_FAILPOINT("rollback.after_batch");
  }
  return Status::Ok();
}

/// The journal forgets the parts of the round; CleanUp deletes their objects. Those of a late
/// round stay published until the metadata without them is written.
Status ForgetParts(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_FAILPOINT("rollback.before_done");
  const int round = record.state.round;
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  record.fingerprint.reset();
  record.marked_xid.clear();
  if (round == 1) record.text_columns.clear();
  // What the table took is not freed.
  if (round > 1) record.relation_bytes = 0;
  PGATTIC_RETURN_IF_ERROR(
      run.journal.Advance(run.ctx, record, model::Event::kRolledBack,
                          "the objects of round " + std::to_string(round) + " are deleted"));
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<JournalPart> parts,
                           run.journal.Parts(run.ctx, record.id));
  for (JournalPart part : parts) {
    if (part.record.round != round) continue;
    part.state = catalog::PartState::kObsolete;
    part.published = part.published && round > 1;
    PGATTIC_RETURN_IF_ERROR(run.journal.UpdatePart(run.ctx, record.id, part));
  }
  catalog::GameStatuses statuses(run.connection, run.source, record.relation);
  PGATTIC_RETURN_IF_ERROR(statuses.Forget(run.ctx, record.id, round));
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("rollback.after_done");
  return Status::Ok();
}

}  // namespace

Status RollBack(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_RETURN_IF_ERROR(CheckNotRecovered(run, record));
  PGATTIC_RETURN_IF_ERROR(CheckTableIsThere(run, record));
  const Phase phase = record.state.phase;
  if (phase == Phase::kArchived) {
    PGATTIC_ASSIGN_OR_RETURN(const bool is_tidy, IsPublished(run, record));
    if (is_tidy) {
      return {Code::kFailedPrecondition, "the table of " + record.partition +
                                             " is dropped; nothing was changed. Its rows "
                                             "are read from the archive"};
    }
  } else {
    PGATTIC_RETURN_IF_ERROR(RefuseLosing(run, record));
  }
  if (phase == Phase::kDetached) PGATTIC_RETURN_IF_ERROR(SwapBackWithTries(run, record));
  const bool is_new = phase == Phase::kPlanned && record.state.round == 1;
  if (!is_new && phase != Phase::kArchived) {
    // Marks may exist from verified on, where a run was killed between batches.
    PGATTIC_RETURN_IF_ERROR(Unmark(run, record));
    PGATTIC_RETURN_IF_ERROR(ForgetParts(run, record));
  }
  PGATTIC_FAILPOINT("rollback.before_unpublish");
  PGATTIC_RETURN_IF_ERROR(Tidy(run, record));
  PGATTIC_FAILPOINT("rollback.after_unpublish");
  return run.journal.NoteError(run.ctx, record.id, std::nullopt);
}

}  // namespace pgattic::archive
