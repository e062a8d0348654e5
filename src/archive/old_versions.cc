#include "archive/old_versions.h"

#include "archive/object_check.h"
#include "base/failpoint.h"

namespace pgattic::archive {
namespace {

Status DeleteOld(const RunContext& run, const catalog::ArchiveRecord& record,
                 const std::string& key) {
  Result<store::ObjectInfo> current = run.store.Head(run.ctx, key, "");
  if (!current.ok()) return IsMissing(run, record, std::move(current).status()).status();
  if (current->version_id.empty()) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<std::string> versions,
                           run.store.ListVersions(run.ctx, key));
  for (const std::string& version : versions) {
    if (version == current->version_id) continue;
    PGATTIC_RETURN_IF_ERROR(run.store.Delete(run.ctx, key, {version, ""}));
    PGATTIC_FAILPOINT("erase.after_version");
  }
  return Status::Ok();
}

Status DeleteIn(const RunContext& run, const catalog::ArchiveRecord& record) {
  const model::ObjectKeys keys = run.KeysOf(record);
  for (const std::string& key : {keys.Metadata(), keys.Checksums()}) {
    Status deleted = DeleteOld(run, record, key);
    if (deleted.ok()) continue;
    Error error = deleted.error();
    error.message += "; old versions of " + run.store.Describe() + "/" + key +
                     " may still name an erased id as a part's first or last. Allow "
                     "s3:ListBucketVersions and s3:DeleteObjectVersion, then erase the ids again";
    return Status(std::move(error));
  }
  return Status::Ok();
}

}  // namespace

Status DeleteOldVersions(const RunContext& run, const catalog::ArchiveRecord& record) {
  PGATTIC_RETURN_IF_ERROR(DeleteIn(run, record));
  return run.copy == nullptr ? Status::Ok() : DeleteIn(run.At(*run.copy), record);
}

}  // namespace pgattic::archive
