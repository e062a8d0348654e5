#include "archive/rollback_check.h"

#include <algorithm>
#include <utility>

#include "archive/shrink_check.h"
#include "catalog/attach.h"
#include "catalog/erasures.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;

constexpr std::size_t kIdsABatch = 1000;

/// Ids of parts, looked up in the table in batches.
class IdsInTable {
 public:
  IdsInTable(const RunContext& run, const ArchiveRecord& record, catalog::ErasureList erased)
      : run_(run), record_(record), erased_(std::move(erased)) {}

  Status Add(const std::string& id) {
    if (erased_.Contains(id)) return Status::Ok();
    batch_.push_back(id);
    return batch_.size() < kIdsABatch ? Status::Ok() : LookUp();
  }

  Status LookUp() {
    if (batch_.empty()) return Status::Ok();
    PGATTIC_ASSIGN_OR_RETURN(
        const std::vector<std::string> missing,
        catalog::MissingIds(run_.ctx, run_.connection, run_.source, record_.relation, batch_));
    batch_.clear();
    if (missing.empty()) return Status::Ok();
    return {Code::kFailedPrecondition,
            "the archive holds id " + missing.front() + ", " + record_.relation.name.Plain() +
                " no longer does: a rollback would delete its only copy; nothing was changed. If "
                "the row was deleted on purpose, run again with --allow-shrink"};
  }

 private:
  const RunContext& run_;
  const ArchiveRecord& record_;
  const catalog::ErasureList erased_;
  std::vector<std::string> batch_;
};

bool IsReplaced(const JournalPart& part) { return part.state == catalog::PartState::kObsolete; }

/// Parts of the round that hold rows which somebody may rely on: proven, or published, those too
/// whose place no other has taken in the bucket so far.
Result<std::vector<JournalPart>> PartsThatGo(const RunContext& run, const ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(std::vector<JournalPart> parts, run.journal.Parts(run.ctx, record.id));
  std::erase_if(parts, [&](const JournalPart& part) {
    return part.record.round < record.state.round ||
           (part.state != catalog::PartState::kVerified && !part.published);
  });
  return parts;
}

}  // namespace

Status RefuseLosing(const RunContext& run, const ArchiveRecord& record) {
  if (run.options.allow_shrink) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<JournalPart> parts, PartsThatGo(run, record));
  if (parts.empty()) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(const catalog::Fingerprint now,
                           catalog::TakeFingerprint(run.ctx, run.connection, record.relation));
  const bool are_all_current = std::none_of(parts.begin(), parts.end(), IsReplaced);
  if (are_all_current && record.fingerprint && now == *record.fingerprint) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(catalog::ErasureList erased,
                           catalog::LoadErasures(run.ctx, run.connection, run.source.id));
  IdsInTable ids(run, record, std::move(erased));
  for (const JournalPart& part : parts) {
    PGATTIC_RETURN_IF_ERROR(
        ForEachId(run, part, [&](const std::string& id) { return ids.Add(id); }));
  }
  return ids.LookUp();
}

}  // namespace pgattic::archive
