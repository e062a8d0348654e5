#include "archive/lost_table.h"

#include "archive/object_check.h"
#include "archive/proof_step.h"
#include "base/failpoint.h"
#include "catalog/swap.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;
using model::Phase;

/// Every published part is what was proven: there, whole, with its rows.
Status ProveAgain(const RunContext& run, const ArchiveRecord& record) {
  PGATTIC_RETURN_IF_ERROR(CheckObjects(run, record).status());
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<JournalPart> parts,
                           run.journal.Parts(run.ctx, record.id));
  columnar::SampleOptions none{0, false, false};
  for (const JournalPart& part : parts) {
    if (!part.published) continue;
    PGATTIC_RETURN_IF_ERROR(ReadBackPart(run.ctx, run.store, part.record, none,
                                         [](const columnar::Row&) { return Status::Ok(); }));
  }
  return Status::Ok();
}

Status Accept(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_RETURN_IF_ERROR(ProveAgain(run, record));
  PGATTIC_FAILPOINT("lost.before_record");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(run.journal.Advance(
      run.ctx, record, model::Event::kTableLost,
      record.relation.name.Plain() + " was dropped by hand; its parts were read back whole"));
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("lost.after_record");
  return Status::Ok();
}

}  // namespace

Status CheckTableIsThere(const RunContext& run, ArchiveRecord& record) {
  const Phase phase = record.state.phase;
  if (phase == Phase::kPlanned || phase == Phase::kArchived) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(const auto name,
                           catalog::NameOfRelation(run.ctx, run.connection, record.relation.oid));
  if (name && *name == record.relation.name) return Status::Ok();
  const std::string plain = record.relation.name.Plain();
  if (name) {
    return {Code::kFailedPrecondition, plain + " was renamed to " + name->Plain() +
                                           " by hand; nothing was changed. Rename it back"};
  }
  const bool is_published = phase == Phase::kMarked || phase == Phase::kDetached;
  if (is_published && run.options.accept_lost_table) return Accept(run, record);
  if (is_published) {
    return {Code::kFailedPrecondition,
            plain +
                " was dropped by hand. Its rows are in the archive, proven and published; "
                "nothing was changed. `pgattic archive --partition " +
                record.partition +
                " --accept-lost-table` reads them back whole once more and closes the archive"};
  }
  return {Code::kFailedPrecondition,
          plain +
              " was dropped by hand before its rows were proven and published; nothing was "
              "changed. Load the table from a backup and attach it; then `pgattic reconcile "
              "--repair` begins anew with that, and puts back what it lacks of rows that were "
              "proven"};
}

}  // namespace pgattic::archive
