#include "archive/run_context.h"

#include "base/failpoint.h"
#include "base/hash.h"

namespace pgattic::archive {

using catalog::ArchiveRecord;
using catalog::JournalPart;
using catalog::PartState;

bool CarriesNonce(const store::ObjectInfo& object, const std::string& nonce) {
  const auto found = object.user_metadata.find(kNonceKey);
  return found != object.user_metadata.end() && found->second == nonce;
}

bool IsOfAnother(const store::ObjectInfo& object, const std::string& nonce) {
  return object.user_metadata.contains(kNonceKey) && !CarriesNonce(object, nonce);
}

Status WrittenByAnother(const store::ObjectStore& store, const std::string& key) {
  return {Code::kConflict, store.Describe() + "/" + key +
                               " was written by somebody else; nothing was changed. Is this "
                               "prefix shared with another database?"};
}

Result<std::vector<JournalPart>> LiveParts(const RunContext& run, const ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(std::vector<JournalPart> parts, run.journal.Parts(run.ctx, record.id));
  std::erase_if(parts, [&](const JournalPart& part) {
    return part.state == PartState::kObsolete || part.record.round != record.state.round;
  });
  return parts;
}

Status ReplacePart(const RunContext& run, ArchiveRecord& record, JournalPart part, bool only_part) {
  JournalPart next;
  next.range = part.range;
  next.record.round = record.state.round;
  next.record.attempt = record.state.attempt + 1;
  next.record.number = record.next_part++;
  next.record.key = run.KeysOf(record).Part(next.record.attempt, next.record.number, only_part);
  next.record.filter_key = model::ObjectKeys::Filter(next.record.key);
  next.nonce = RandomHex(16);
  part.state = PartState::kObsolete;
  PGATTIC_RETURN_IF_ERROR(run.journal.UpdatePart(run.ctx, record.id, part));
  return run.journal.InsertPart(run.ctx, record.id, next);
}

namespace {

/// Returns the parts whose rows are no longer those of the table.
Result<std::vector<JournalPart>> ChangedParts(const RunContext& run, const ArchiveRecord& record,
                                              bool schema_changed) {
  PGATTIC_ASSIGN_OR_RETURN(std::vector<JournalPart> parts, LiveParts(run, record));
  if (schema_changed) return parts;
  std::vector<catalog::IdRange> ranges;
  for (const JournalPart& part : parts) ranges.push_back(part.range);
  if (ranges.empty()) return parts;
  PGATTIC_ASSIGN_OR_RETURN(
      const std::vector<catalog::Fingerprint> now,
      catalog::TakeRangeFingerprints(run.ctx, run.connection, run.source, record.relation, ranges));
  std::vector<JournalPart> changed;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const catalog::Fingerprint then{parts[i].record.rows, parts[i].fingerprint_sum};
    if (parts[i].state == PartState::kWriting || then != now[i]) changed.push_back(parts[i]);
  }
  return changed;
}

}  // namespace

Result<int> TakeBackChangedParts(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(
      const std::string schema,
      catalog::SchemaFingerprint(run.ctx, run.connection, record.relation.oid));
  const bool schema_changed = schema != record.schema_fingerprint;
  PGATTIC_ASSIGN_OR_RETURN(std::vector<JournalPart> changed,
                           ChangedParts(run, record, schema_changed));
  if (changed.empty()) return 0;
  PGATTIC_FAILPOINT("changed.before_record");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(run.journal.Advance(
      run.ctx, record, model::Event::kSourceChanged,
      std::to_string(changed.size()) +
          (schema_changed ? " parts: the schema changed" : " parts: rows changed")));
  for (JournalPart& part : changed) {
    PGATTIC_RETURN_IF_ERROR(ReplacePart(run, record, std::move(part), false));
  }
  // next_part moved.
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, ""));
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("changed.after_record");
  return static_cast<int>(changed.size());
}

}  // namespace pgattic::archive
