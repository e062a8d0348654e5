#include "archive/rollback_check.h"

#include <algorithm>
#include <utility>

#include "archive/ids_in_table.h"
#include "archive/part_load.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;

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
  PGATTIC_ASSIGN_OR_RETURN(WantsRow wants, NotErased(run));
  IdsInTable ids(run, record.relation, std::move(wants),
                 [&](const std::string& id, std::int64_t /*there*/) -> Status {
                   return {Code::kFailedPrecondition,
                           "the archive holds a row of id " + id + " that " +
                               record.relation.name.Plain() +
                               " no longer does: a rollback would delete its only copy; nothing "
                               "was changed. If it was deleted on purpose: `pgattic rollback " +
                               record.partition + " --allow-shrink`"};
                 });
  for (const JournalPart& part : parts) PGATTIC_RETURN_IF_ERROR(ids.Add(part));
  return Status::Ok();
}

}  // namespace pgattic::archive
