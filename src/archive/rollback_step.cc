#include "archive/attach_step.h"
#include "archive/guard.h"
#include "archive/lost_table.h"
#include "archive/publish_step.h"
#include "archive/restore_step.h"
#include "archive/rollback_check.h"
#include "archive/swap_step.h"
#include "base/failpoint.h"
#include "catalog/statuses.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;
using model::Phase;

Status SwapBack(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_RETURN_IF_ERROR(PrepareToAttach(run, record, record.relation));
  AttachPlan plan;
  plan.table = record.relation;
  plan.late = pg::QualifiedName{record.relation.name.schema, record.late_name};
  plan.detail = record.relation.name.Plain() + " is a partition again, late rows inside";
  plan.change = [](ArchiveRecord& after) {
    after.late_name.clear();
    after.drop_after.clear();
  };
  return AttachInPlace(run, record, plan);
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
  const std::int64_t rows = record.fingerprint ? record.fingerprint->rows : 0;
  return UnmarkRows(run, record, rows, {"rollback.before_batch", "rollback.after_batch"});
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
    if (part.record.round < round) continue;
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
                                             "are read from the archive; `pgattic restore " +
                                             record.partition + "` makes it a partition again"};
    }
  } else {
    PGATTIC_RETURN_IF_ERROR(RefuseLosing(run, record));
  }
  if (phase == Phase::kDetached) PGATTIC_RETURN_IF_ERROR(SwapBack(run, record));
  const bool is_first = phase == Phase::kPlanned && record.state.round == 1;
  if (is_first) PGATTIC_RETURN_IF_ERROR(ForgetRestored(run, record));
  if (!is_first && phase != Phase::kArchived) {
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
