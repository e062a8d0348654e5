#include "archive/object_check.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;

bool IsFrozen(const std::string& storage_class) {
  return storage_class == "GLACIER" || storage_class == "DEEP_ARCHIVE";
}

}  // namespace

Result<bool> IsMissing(const RunContext& run, const ArchiveRecord& record, Status failure) {
  if (failure.Is(Code::kNotFound)) return true;
  if (!failure.Is(Code::kPermissionDenied)) return failure;
  if (run.store.Get(run.ctx, run.KeysOf(record).Owner(), {}).ok()) return true;
  return failure;
}

Status CheckObject(const RunContext& run, const ArchiveRecord& record,
                   const model::PartRecord& part, const std::string& version) {
  const std::string where = run.store.Describe() + "/" + part.key;
  Result<store::ObjectInfo> head = run.store.Head(run.ctx, part.key, version);
  if (!head.ok()) {
    Result<bool> missing = IsMissing(run, record, std::move(head).status());
    if (missing.ok()) return {Code::kNotFound, where + " is gone"};
    return std::move(missing).status().While("looking at " + where);
  }
  if (head->size_bytes != part.bytes || head->etag != part.etag ||
      (!part.crc64nvme.empty() && !head->crc64nvme.empty() && head->crc64nvme != part.crc64nvme)) {
    return {Code::kFailedPrecondition, where + " is not the object that was proven"};
  }
  if (!head->expiration.empty()) {
    return {Code::kFailedPrecondition,
            "a lifecycle rule of the bucket will delete " + where + " (" + head->expiration + ")"};
  }
  if (IsFrozen(head->storage_class)) {
    return {Code::kFailedPrecondition,
            where + " lies in " + head->storage_class + ", where it cannot be read at once"};
  }
  return Status::Ok();
}

Result<std::int64_t> CheckObjects(const RunContext& run, const ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<JournalPart> parts,
                           run.journal.Parts(run.ctx, record.id));
  std::int64_t rows = 0;
  for (const JournalPart& part : parts) {
    if (!part.published || part.state != catalog::PartState::kVerified) continue;
    PGATTIC_RETURN_IF_ERROR(CheckObject(run, record, part.record, ""));
    if (!part.record.version_id.empty()) {
      PGATTIC_RETURN_IF_ERROR(CheckObject(run, record, part.record, part.record.version_id));
    }
    if (part.record.round == record.state.round) rows += part.record.rows;
  }
  return rows;
}

}  // namespace pgattic::archive
