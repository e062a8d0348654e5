#include "archive/rollback_check.h"

#include "archive/shrink_check.h"
#include "catalog/attach.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;

constexpr std::size_t kIdsABatch = 1000;

/// Ids of parts, looked up in the table in batches.
class IdsInTable {
 public:
  IdsInTable(const RunContext& run, const ArchiveRecord& record) : run_(run), record_(record) {}

  Status Add(const std::string& id) {
    batch_.push_back(id);
    return batch_.size() < kIdsABatch ? Status::Ok() : LookUp();
  }

  Status LookUp() {
    if (batch_.empty()) return Status::Ok();
    PGATTIC_ASSIGN_OR_RETURN(
        const auto missing,
        catalog::FirstMissingId(run_.ctx, run_.connection, run_.source, record_.relation, batch_));
    batch_.clear();
    if (!missing) return Status::Ok();
    return {Code::kFailedPrecondition,
            "the archive holds id " + *missing + ", " + record_.relation.name.Plain() +
                " no longer does: a rollback would delete its only copy; nothing was changed. If "
                "the row was deleted on purpose, run again with --allow-shrink"};
  }

 private:
  const RunContext& run_;
  const ArchiveRecord& record_;
  std::vector<std::string> batch_;
};

}  // namespace

Status RefuseLosing(const RunContext& run, const ArchiveRecord& record) {
  if (run.options.allow_shrink) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(std::vector<JournalPart> parts, LiveParts(run, record));
  std::erase_if(parts, [](const JournalPart& part) {
    return part.state != catalog::PartState::kVerified && !part.published;
  });
  if (parts.empty()) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(const catalog::Fingerprint now,
                           catalog::TakeFingerprint(run.ctx, run.connection, record.relation));
  if (record.fingerprint && now == *record.fingerprint) return Status::Ok();
  IdsInTable ids(run, record);
  for (const JournalPart& part : parts) {
    PGATTIC_RETURN_IF_ERROR(
        ForEachId(run, part, [&](const std::string& id) { return ids.Add(id); }));
  }
  return ids.LookUp();
}

}  // namespace pgattic::archive
