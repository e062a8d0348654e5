#include "archive/cleanup.h"

#include <algorithm>

#include "base/failpoint.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;
using catalog::PartState;

/// A missing key answers 403 to an identity that may not list; to HEAD, without saying more.
bool IsMissing(const Status& status) {
  return status.Is(Code::kNotFound) || status.Is(Code::kPermissionDenied);
}

Status DeleteIfThere(const RunContext& run, const std::string& key) {
  if (key.empty()) return Status::Ok();
  Result<store::ObjectInfo> found = run.store.Head(run.ctx, key, "");
  if (!found.ok()) {
    Status status = std::move(found).status();
    return IsMissing(status) ? Status::Ok() : std::move(status);
  }
  PGATTIC_FAILPOINT("cleanup.before_delete");
  PGATTIC_RETURN_IF_ERROR(run.store.Delete(run.ctx, key, {found->version_id, found->etag}));
  PGATTIC_FAILPOINT("cleanup.after_delete");
  return Status::Ok();
}

Status DeletePartObjects(const RunContext& run, const JournalPart& part) {
  Status aborted = run.store.AbortUploads(run.ctx, part.record.key);
  if (!aborted.ok() && !aborted.Is(Code::kUnsupported) && !aborted.Is(Code::kPermissionDenied)) {
    return aborted;
  }
  PGATTIC_RETURN_IF_ERROR(DeleteIfThere(run, part.record.key));
  return DeleteIfThere(run, part.record.filter_key);
}

Status DeleteSidecars(const RunContext& run, ArchiveRecord& record) {
  const model::ObjectKeys keys = run.KeysOf(record);
  PGATTIC_RETURN_IF_ERROR(DeleteIfThere(run, keys.Metadata()));
  PGATTIC_RETURN_IF_ERROR(DeleteIfThere(run, keys.Checksums()));
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  record.metadata_etag.clear();
  record.checksums_etag.clear();
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, "unpublished"));
  return transaction->Commit(run.ctx);
}

}  // namespace

Status CleanUp(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<JournalPart> parts,
                           run.journal.Parts(run.ctx, record.id));
  const bool is_published = std::any_of(parts.begin(), parts.end(),
                                        [](const JournalPart& part) { return part.published; });
  if (!is_published && !record.metadata_etag.empty()) {
    PGATTIC_RETURN_IF_ERROR(DeleteSidecars(run, record));
  }
  for (const JournalPart& part : parts) {
    if (part.state != PartState::kObsolete || part.published) continue;
    PGATTIC_RETURN_IF_ERROR(DeletePartObjects(run, part).While("deleting " + part.record.key));
    PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
    PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, ""));
    PGATTIC_RETURN_IF_ERROR(run.journal.DeletePart(run.ctx, record.id, part.record.number));
    PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
    PGATTIC_FAILPOINT("cleanup.after_record");
  }
  return Status::Ok();
}

}  // namespace pgattic::archive
