#include "archive/attach_step.h"

#include <algorithm>

#include "base/failpoint.h"
#include "catalog/attach.h"
#include "catalog/statuses.h"
#include "catalog/swap.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;

constexpr std::chrono::milliseconds kDetachedLockTimeout{2000};
constexpr std::chrono::milliseconds kRowLockTimeout{2000};
// What is added in one pass is validated in the next.
constexpr int kPreparePasses = 4;

Status Blocked(const std::string& partition, const std::string& why) {
  return {Code::kDeferred, partition + " was not attached: " + why +
                               "; its rows are where they were. Run it again later"};
}

Status RunAsOwner(const RunContext& run, ArchiveRecord& record, const std::string& statement) {
  PGATTIC_FAILPOINT("attach.before_prepare");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, ""));
  PGATTIC_RETURN_IF_ERROR(catalog::ActAsOwner(run.ctx, run.connection, run.source));
  PGATTIC_RETURN_IF_ERROR(catalog::SetLockTimeout(run.ctx, run.connection, kDetachedLockTimeout));
  PGATTIC_RETURN_IF_ERROR(run.connection.Exec(run.ctx, statement).status());
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("attach.after_prepare");
  return Status::Ok();
}

Status RefuseWhileHeld(const RunContext& run, const ArchiveRecord& record, const AttachPlan& plan) {
  std::uint32_t late = 0;
  if (plan.late) {
    PGATTIC_ASSIGN_OR_RETURN(late, catalog::FindRelation(run.ctx, run.connection, *plan.late));
  }
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<std::string> holders,
                           catalog::LastingHolders(run.ctx, run.connection, run.source.oid, late,
                                                   run.options.look_apart));
  if (holders.empty()) return Status::Ok();
  return Blocked(record.partition, "locks are held by " + holders.front());
}

/// The table's first: nobody uses it, and what it is checked for takes a while.
Status LockAll(const RunContext& run, const AttachPlan& plan) {
  PGATTIC_RETURN_IF_ERROR(catalog::ActAsOwner(run.ctx, run.connection, run.source));
  PGATTIC_ASSIGN_OR_RETURN(
      const std::chrono::milliseconds timeout,
      catalog::ParentLockTimeout(run.ctx, run.connection, run.options.parent_lock_timeout));
  PGATTIC_RETURN_IF_ERROR(catalog::LockRelation(run.ctx, run.connection, plan.table.name,
                                                "ACCESS EXCLUSIVE", kDetachedLockTimeout));
  if (plan.check) PGATTIC_RETURN_IF_ERROR(plan.check());
  PGATTIC_RETURN_IF_ERROR(catalog::LockRelation(run.ctx, run.connection, run.source.name(),
                                                "ACCESS EXCLUSIVE", timeout));
  if (!plan.late) return Status::Ok();
  return catalog::LockRelation(run.ctx, run.connection, *plan.late, "ACCESS EXCLUSIVE", timeout);
}

Status AttachOnce(const RunContext& run, ArchiveRecord& record, const AttachPlan& plan) {
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(catalog::SetSynchronousCommit(run.ctx, run.connection, "local"));
  ArchiveRecord after = record;
  plan.change(after);
  PGATTIC_RETURN_IF_ERROR(run.journal.Advance(run.ctx, after, plan.event, plan.detail));
  if (plan.journal) PGATTIC_RETURN_IF_ERROR(plan.journal());
  PGATTIC_RETURN_IF_ERROR(RefuseWhileHeld(run, record, plan));
  PGATTIC_RETURN_IF_ERROR(LockAll(run, plan));
  PGATTIC_RETURN_IF_ERROR(
      catalog::SwapBack(run.ctx, run.connection, run.source, plan.table, plan.late, record.bounds));
  PGATTIC_FAILPOINT("attach.before_commit");
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("attach.after_commit");
  record = std::move(after);
  return Status::Ok();
}

}  // namespace

Status PrepareToAttach(const RunContext& run, ArchiveRecord& record,
                       const catalog::RelationRef& table) {
  for (int pass = 0; pass < kPreparePasses; ++pass) {
    PGATTIC_ASSIGN_OR_RETURN(
        const std::vector<std::string> statements,
        catalog::MissingForAttach(run.ctx, run.connection, run.source, table, record.bounds));
    if (statements.empty()) return Status::Ok();
    for (const std::string& statement : statements) {
      PGATTIC_RETURN_IF_ERROR(
          RunAsOwner(run, record, statement)
              .While("preparing " + table.name.Plain() + " to be attached again: " + statement));
    }
  }
  return Blocked(record.partition, "its table is altered by somebody else meanwhile");
}

Status AttachInPlace(const RunContext& run, ArchiveRecord& record, const AttachPlan& plan) {
  for (int tries = 1;; ++tries) {
    Status status = AttachOnce(run, record, plan);
    if (!status.Is(Code::kDeferred) || tries >= run.options.swap_tries) return status;
    PGATTIC_RETURN_IF_ERROR(run.ctx.SleepFor(run.options.swap_pause));
  }
}

Status UnmarkRows(const RunContext& run, ArchiveRecord& record, std::int64_t rows,
                  [[maybe_unused]] const UnmarkPoints& points) {
  catalog::GameStatuses statuses(run.connection, run.source, record.relation);
  PGATTIC_ASSIGN_OR_RETURN(const catalog::GameStatuses::Walk walk, statuses.Plan(run.ctx, rows));
  for (std::int64_t block = 0; block < walk.blocks; block += walk.blocks_a_batch) {
    PGATTIC_FAILPOINT(points.before_batch);
    PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
    PGATTIC_RETURN_IF_ERROR(catalog::SetLockTimeout(run.ctx, run.connection, kRowLockTimeout));
    PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, ""));
    PGATTIC_RETURN_IF_ERROR(statuses
                                .UnmarkBatch(run.ctx, record.id, record.state.round, block,
                                             std::min(walk.blocks, block + walk.blocks_a_batch))
                                .status());
    PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
    PGATTIC_FAILPOINT(points.after_batch);
  }
  return Status::Ok();
}

}  // namespace pgattic::archive
