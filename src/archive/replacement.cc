#include "archive/replacement.h"

#include <algorithm>

#include "archive/cleanup.h"
#include "archive/proof_step.h"
#include "archive/publish_step.h"
#include "base/failpoint.h"
#include "base/hash.h"
#include "catalog/proofs.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;
using catalog::PartState;
using model::Phase;

Status RecordPart(const RunContext& run, ArchiveRecord& record, const JournalPart& part) {
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, ""));
  PGATTIC_RETURN_IF_ERROR(run.journal.UpdatePart(run.ctx, record.id, part));
  return transaction->Commit(run.ctx);
}

/// As RecordPart; what the journal cannot be told of is deleted unless it knows it already.
Status RecordOrDelete(const RunContext& run, ArchiveRecord& record, const JournalPart& part) {
  const ArchiveRecord before = record;
  Status recorded = RecordPart(run, record, part);
  if (!recorded.ok()) DeleteUnlessWanted(run, before, part);
  return recorded;
}

}  // namespace

bool IsAtRest(const ArchiveRecord& record) {
  const Phase phase = record.state.phase;
  return record.state.generation > 0 &&
         (model::IsSwapped(phase) || (phase == Phase::kPlanned && record.state.round > 1));
}

Status ForgetUnfinished(const RunContext& run, ArchiveRecord& record) {
  if (!IsAtRest(record)) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(std::vector<JournalPart> parts, run.journal.Parts(run.ctx, record.id));
  std::erase_if(parts, [](const JournalPart& part) {
    return part.published ||
           (part.state != PartState::kWriting && part.state != PartState::kUploaded);
  });
  if (parts.empty()) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, "an unfinished part is forgotten"));
  for (JournalPart& part : parts) {
    part.state = PartState::kObsolete;
    PGATTIC_RETURN_IF_ERROR(run.journal.UpdatePart(run.ctx, record.id, part));
  }
  return transaction->Commit(run.ctx);
}

Result<std::vector<Replacement>> BeginReplacement(const RunContext& run, ArchiveRecord& record,
                                                  std::vector<JournalPart> formers) {
  std::vector<Replacement> replacements;
  int number = record.next_part;
  for (JournalPart& former : formers) {
    JournalPart next;
    next.range = former.range;
    next.fingerprint_sum = former.fingerprint_sum;
    next.record.round = former.record.round;
    next.record.attempt = std::max(1, record.state.attempt);
    next.record.number = number++;
    next.record.key =
        run.KeysOf(record).Part(next.record.attempt, next.record.number, /*only_part=*/false);
    next.record.filter_key = model::ObjectKeys::Filter(next.record.key);
    next.nonce = RandomHex(16);
    replacements.push_back({std::move(former), std::move(next)});
  }
  PGATTIC_FAILPOINT("replace.before_begin");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  record.next_part = number;
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, ""));
  for (const Replacement& replacement : replacements) {
    PGATTIC_RETURN_IF_ERROR(run.journal.InsertPart(run.ctx, record.id, replacement.next));
  }
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("replace.after_begin");
  return replacements;
}

Status ProveReplacement(const RunContext& run, ArchiveRecord& record, Replacement& replacement) {
  JournalPart& next = replacement.next;
  next.state = PartState::kUploaded;
  PGATTIC_RETURN_IF_ERROR(RecordOrDelete(run, record, next));
  PGATTIC_FAILPOINT("replace.after_upload");
  PGATTIC_RETURN_IF_ERROR(ProveCopiedPart(run, record, next));
  PGATTIC_RETURN_IF_ERROR(RecordOrDelete(run, record, next));
  PGATTIC_FAILPOINT("replace.after_proof");
  return Status::Ok();
}

Status FinishReplacement(const RunContext& run, ArchiveRecord& record,
                         const std::vector<Replacement>& replacements, const std::string& detail,
                         const std::function<Status()>& also) {
  PGATTIC_FAILPOINT("replace.before_switch");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, detail));
  for (const Replacement& replacement : replacements) {
    JournalPart former = replacement.former;
    former.state = PartState::kObsolete;
    PGATTIC_RETURN_IF_ERROR(run.journal.UpdatePart(run.ctx, record.id, former));
    JournalPart next = replacement.next;
    next.state = PartState::kVerified;
    PGATTIC_RETURN_IF_ERROR(run.journal.UpdatePart(run.ctx, record.id, next));
    PGATTIC_RETURN_IF_ERROR(
        catalog::NoteProof(run.ctx, run.connection, record.id, next.record.number, 0));
  }
  if (also) PGATTIC_RETURN_IF_ERROR(also());
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("replace.after_switch");
  return Tidy(run, record);
}

}  // namespace pgattic::archive
