#include "archive/cleanup.h"

#include <algorithm>
#include <utility>
#include <vector>

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

/// The sidecars of an archive that has no published part: of one that was rolled back, or that
/// a process wrote and could not record. Looked at before the compare-and-set and deleted by
/// what was seen then, so that those of a process which moved the archive on stay.
Status DeleteSidecars(const RunContext& run, ArchiveRecord& record) {
  const model::ObjectKeys keys = run.KeysOf(record);
  std::vector<std::pair<std::string, store::DeleteOptions>> found;
  for (const std::string& key : {keys.Metadata(), keys.Checksums()}) {
    Result<store::ObjectInfo> head = run.store.Head(run.ctx, key, "");
    if (head.ok()) {
      found.push_back({key, {head->version_id, head->etag}});
    } else if (Status status = std::move(head).status(); !IsMissing(status)) {
      return status;
    }
  }
  if (found.empty() && record.metadata_etag.empty()) return Status::Ok();
  {
    PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
    record.metadata_etag.clear();
    record.checksums_etag.clear();
    PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, "unpublished"));
    PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  }
  for (const auto& [key, what] : found) {
    PGATTIC_FAILPOINT("cleanup.before_delete");
    PGATTIC_RETURN_IF_ERROR(run.store.Delete(run.ctx, key, what));
    PGATTIC_FAILPOINT("cleanup.after_delete");
  }
  return Status::Ok();
}

}  // namespace

Status CleanUp(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<JournalPart> parts,
                           run.journal.Parts(run.ctx, record.id));
  const bool is_published = std::any_of(parts.begin(), parts.end(),
                                        [](const JournalPart& part) { return part.published; });
  if (!is_published) PGATTIC_RETURN_IF_ERROR(DeleteSidecars(run, record));
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

void DeleteUnlessKnown(const RunContext& run, const ArchiveRecord& record,
                       const JournalPart& part) {
  // The run's own session may be what was lost.
  const auto session = pg::Connection::Open(run.ctx, run.connect);
  if (!session.ok()) return;
  const auto parts = catalog::Journal(**session).Parts(run.ctx, record.id);
  if (!parts.ok()) return;
  const bool is_known = std::any_of(parts->begin(), parts->end(), [&](const JournalPart& known) {
    return known.record.number == part.record.number;
  });
  if (is_known) return;
  // Best effort, on the way out with an error already.
  static_cast<void>(DeletePartObjects(run, part).ok());
}

}  // namespace pgattic::archive
