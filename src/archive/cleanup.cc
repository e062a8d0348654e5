#include "archive/cleanup.h"

#include <algorithm>
#include <functional>

#include "archive/guard.h"
#include "archive/object_check.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "catalog/copies.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;
using catalog::PartState;

/// Deletes the object if it is the one that `is_ours` knows; one of somebody else is left.
Status DeleteIfOurs(const RunContext& run, const ArchiveRecord& record, const std::string& key,
                    const std::function<bool(const store::ObjectInfo&)>& is_ours) {
  if (key.empty()) return Status::Ok();
  Result<store::ObjectInfo> found = run.store.Head(run.ctx, key, "");
  if (!found.ok()) return IsMissing(run, record, std::move(found).status()).status();
  if (!is_ours(*found)) {
    log::Write(log::Level::kWarn, "object-of-another-left",
               {{"key", key}, {"partition", record.partition}});
    return Status::Ok();
  }
  PGATTIC_FAILPOINT("cleanup.before_delete");
  PGATTIC_RETURN_IF_ERROR(run.store.Delete(run.ctx, key, {found->version_id, found->etag}));
  PGATTIC_FAILPOINT("cleanup.after_delete");
  return Status::Ok();
}

/// `is_copied`: the journal knows a copy of it.
Status DeletePartObjects(const RunContext& run, const ArchiveRecord& record,
                         const JournalPart& part, bool is_copied) {
  PGATTIC_RETURN_IF_ERROR(EndUploads(run.ctx, run.store, part.record.key));
  PGATTIC_RETURN_IF_ERROR(EndUploads(run.ctx, run.store, part.record.filter_key));
  const std::string narrow_key = model::ObjectKeys::Narrow(part.record.key);
  PGATTIC_RETURN_IF_ERROR(EndUploads(run.ctx, run.store, narrow_key));
  // What somebody put back by hand may have lost its nonce; where nothing was completed, an object
  // has to carry it. Another installation's carries another, in a store that both use.
  const auto ours_if = [&](bool was_completed) {
    return [&part, was_completed](const store::ObjectInfo& object) {
      return CarriesNonce(object, part.nonce) ||
             (was_completed && !IsOfAnother(object, part.nonce));
    };
  };
  // The part last: what lies beside it is found by its key.
  PGATTIC_RETURN_IF_ERROR(
      DeleteIfOurs(run, record, narrow_key, ours_if(part.record.narrow.has_value())));
  PGATTIC_RETURN_IF_ERROR(
      DeleteIfOurs(run, record, part.record.filter_key, ours_if(!part.record.filter_etag.empty())));
  PGATTIC_RETURN_IF_ERROR(
      DeleteIfOurs(run, record, part.record.key, ours_if(!part.record.etag.empty())));
  // In the copy too, recorded or not.
  if (run.copy == nullptr) return Status::Ok();
  JournalPart copied = part;
  copied.record.narrow.reset();  // Has none there.
  if (!is_copied) {
    copied.record.etag.clear();
    copied.record.filter_etag.clear();
  }
  return DeletePartObjects(run.At(*run.copy), record, copied, is_copied)
      .While("deleting the copy in " + run.copy->Describe());
}

/// An archive without metadata does not exist: that one goes first.
Status DeleteSidecarObjects(const RunContext& run, const ArchiveRecord& record) {
  const model::ObjectKeys keys = run.KeysOf(record);
  const auto is_ours = [&](const store::ObjectInfo& object) {
    return IsOurSidecar(object, record);
  };
  PGATTIC_RETURN_IF_ERROR(EndUploads(run.ctx, run.store, keys.Metadata()));
  PGATTIC_RETURN_IF_ERROR(EndUploads(run.ctx, run.store, keys.Checksums()));
  PGATTIC_RETURN_IF_ERROR(DeleteIfOurs(run, record, keys.Metadata(), is_ours));
  PGATTIC_RETURN_IF_ERROR(DeleteIfOurs(run, record, keys.Checksums(), is_ours));
  if (run.copy == nullptr) return Status::Ok();
  return DeleteSidecarObjects(run.At(*run.copy), record)
      .While("deleting the copy in " + run.copy->Describe());
}

Status DeleteSidecars(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_RETURN_IF_ERROR(DeleteSidecarObjects(run, record));
  if (record.metadata_etag.empty() && record.checksums_etag.empty()) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  record.metadata_etag.clear();
  record.checksums_etag.clear();
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, "unpublished"));
  PGATTIC_RETURN_IF_ERROR(catalog::ForgetArchiveCopy(run.ctx, run.connection, record.id));
  return transaction->Commit(run.ctx);
}

}  // namespace

Status EndUploads(const OpContext& ctx, store::ObjectStore& store, const std::string& key) {
  if (key.empty()) return Status::Ok();
  Status ended = store.AbortUploads(ctx, key);
  if (ended.Is(Code::kUnsupported) || ended.Is(Code::kPermissionDenied)) return Status::Ok();
  return ended;
}

Status CleanUp(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<JournalPart> parts,
                           run.journal.Parts(run.ctx, record.id));
  const bool is_published = std::any_of(parts.begin(), parts.end(),
                                        [](const JournalPart& part) { return part.published; });
  // A run that was killed may have written sidecars that the journal never heard of.
  const bool may_have_sidecars = !record.metadata_etag.empty() ||
                                 (record.state.phase == model::Phase::kPlanned && !parts.empty());
  if (!is_published && may_have_sidecars) {
    PGATTIC_RETURN_IF_ERROR(DeleteSidecars(run, record));
  }
  PGATTIC_ASSIGN_OR_RETURN(const auto copies,
                           catalog::LoadPartCopies(run.ctx, run.connection, record.id));
  for (const JournalPart& part : parts) {
    if (part.state != PartState::kObsolete || part.published) continue;
    PGATTIC_RETURN_IF_ERROR(
        DeletePartObjects(run, record, part, copies.contains(part.record.number))
            .While("deleting " + part.record.key));
    PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
    PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, ""));
    PGATTIC_RETURN_IF_ERROR(run.journal.DeletePart(run.ctx, record.id, part.record.number));
    PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
    PGATTIC_FAILPOINT("cleanup.after_record");
  }
  return Status::Ok();
}

void DeleteUnlessWanted(const RunContext& run, const ArchiveRecord& record,
                        const JournalPart& part) {
  // The run's own session may be what was lost.
  const auto session = pg::Connection::Open(run.ctx, run.connect);
  if (!session.ok()) return;
  const auto parts = catalog::Journal(**session).Parts(run.ctx, record.id);
  if (!parts.ok()) return;
  // Obsolete, it may have been looked for already, before it was there.
  const bool is_wanted = std::any_of(parts->begin(), parts->end(), [&](const JournalPart& known) {
    return known.record.number == part.record.number &&
           (known.published || known.state != PartState::kObsolete);
  });
  if (is_wanted) return;
  // Best effort, on the way out with an error already.
  static_cast<void>(DeletePartObjects(run, record, part, /*is_copied=*/false).ok());
}

void DeleteUnlessLeading(const RunContext& run, const ArchiveRecord& record, const std::string& key,
                         const store::ObjectInfo& object) {
  const auto session = pg::Connection::Open(run.ctx, run.connect);
  if (!session.ok()) return;
  const auto now = catalog::Journal(**session).Load(run.ctx, record.id);
  if (!now.ok() || now->state == record.state) return;
  // The reply was lost, not the record.
  if (now->metadata_etag == object.etag || now->checksums_etag == object.etag) return;
  static_cast<void>(run.store.Delete(run.ctx, key, {object.version_id, object.etag}).ok());
}

}  // namespace pgattic::archive
