#include "archive/garbage.h"

#include <set>

#include "archive/guard.h"
#include "archive/publish_step.h"
#include "base/failpoint.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;

std::string FolderOf(const std::string& key) { return key.substr(0, key.rfind('/') + 1); }

/// Everything that the journal knows of one source.
struct Known {
  std::set<std::string> keys;
};

Result<Known> LoadKnown(const RunContext& run) {
  Known known;
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<ArchiveRecord> records, run.journal.List(run.ctx));
  for (const ArchiveRecord& record : records) {
    if (!(record.source == run.source.id)) continue;
    PGATTIC_RETURN_IF_ERROR(CheckNotAhead(run, record));
    const model::ObjectKeys keys = run.KeysOf(record);
    known.keys.insert({keys.Owner(), keys.Checksums(), keys.Metadata()});
    PGATTIC_ASSIGN_OR_RETURN(const std::vector<JournalPart> parts,
                             run.journal.Parts(run.ctx, record.id));
    for (const JournalPart& part : parts) {
      known.keys.insert(
          {part.record.key, part.record.filter_key, model::ObjectKeys::Narrow(part.record.key)});
    }
  }
  return known;
}

bool IsDenied(const Status& status) {
  return status.Is(Code::kPermissionDenied) || status.Is(Code::kUnsupported);
}

/// Deletes one object if pgattic wrote it.
Status DeleteObject(const RunContext& run, const std::string& key, GarbageReport& report) {
  const Result<store::ObjectInfo> found = run.store.Head(run.ctx, key, "");
  if (found.Is(Code::kNotFound)) return Status::Ok();
  if (!found.ok()) return found.status();
  if (!found->user_metadata.contains(kNonceKey)) {
    report.left.push_back(key);
    return Status::Ok();
  }
  PGATTIC_FAILPOINT("garbage.before_delete");
  PGATTIC_RETURN_IF_ERROR(run.store.Delete(run.ctx, key, {found->version_id, found->etag}));
  PGATTIC_FAILPOINT("garbage.after_delete");
  report.removed.push_back(key);
  return Status::Ok();
}

Status DeleteUnknown(const RunContext& run, const std::vector<std::string>& keys,
                     const Known& known, GarbageReport& report) {
  std::set<std::string> foreign;  // Folders with sidecars of archives that the journal lacks.
  for (const std::string& key : keys) {
    if (key.ends_with("_partition_metadata.json") && !known.keys.contains(key)) {
      foreign.insert({FolderOf(key), model::ObjectKeys::Narrow(FolderOf(key))});
    }
  }
  for (const std::string& key : keys) {
    if (known.keys.contains(key)) continue;
    const bool is_data = key.ends_with(".parquet") || key.ends_with(".idfilter");
    if (!is_data || foreign.contains(FolderOf(key))) {
      report.left.push_back(key);
      continue;
    }
    PGATTIC_RETURN_IF_ERROR(DeleteObject(run, key, report));
  }
  return Status::Ok();
}

}  // namespace

Status CollectGarbage(const RunContext& run, GarbageReport& report) {
  const model::ObjectKeys any(run.source.id, {}, run.source_options.is_games);
  const std::string prefix = any.Prefix() + "partitions/";
  Result<std::vector<std::string>> keys = run.store.List(run.ctx, prefix);
  Result<std::vector<std::string>> narrow =
      run.store.List(run.ctx, model::ObjectKeys::Narrow(prefix));
  Result<std::vector<std::string>> uploads = run.store.ListUploads(run.ctx, prefix);
  Result<std::vector<std::string>> narrow_uploads =
      run.store.ListUploads(run.ctx, model::ObjectKeys::Narrow(prefix));
  for (const auto* listed : {&keys, &narrow, &uploads, &narrow_uploads}) {
    if (listed->ok()) continue;
    if (!IsDenied(listed->status())) return listed->status();
    report.why_not = listed->error().ToString();
    return Status::Ok();
  }
  PGATTIC_RETURN_IF_ERROR(CheckPrefix(run));
  PGATTIC_ASSIGN_OR_RETURN(const Known known, LoadKnown(run));
  uploads->insert(uploads->end(), narrow_uploads->begin(), narrow_uploads->end());
  for (const std::string& key : *uploads) {
    if (known.keys.contains(key)) continue;
    PGATTIC_RETURN_IF_ERROR(run.store.AbortUploads(run.ctx, key));
    report.removed.push_back("unfinished upload of " + key);
  }
  keys->insert(keys->end(), narrow->begin(), narrow->end());
  return DeleteUnknown(run, *keys, known, report);
}

}  // namespace pgattic::archive
