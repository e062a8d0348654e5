#include "archive/copy_step.h"

#include "archive/cleanup.h"
#include "archive/object_check.h"
#include "archive/object_copy.h"
#include "archive/publish_step.h"
#include "base/failpoint.h"
#include "base/hash.h"
#include "catalog/copies.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;
using catalog::PartState;

Result<std::vector<JournalPart>> PublishedParts(const RunContext& run,
                                                const ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(std::vector<JournalPart> parts, run.journal.Parts(run.ctx, record.id));
  std::erase_if(parts, [](const JournalPart& part) {
    return !part.published || part.state != PartState::kVerified;
  });
  return parts;
}

Result<std::string> CopyFilter(const RunContext& run, const JournalPart& part) {
  const model::PartRecord& record = part.record;
  if (record.filter_etag.empty()) return std::string();
  store::ReadOptions read;
  read.if_match = record.filter_etag;
  PGATTIC_ASSIGN_OR_RETURN(const std::string bytes,
                           run.store.Get(run.ctx, record.filter_key, read));
  const ObjectIdentity identity{static_cast<std::int64_t>(bytes.size()), Sha256::Of(AsBytes(bytes)),
                                part.nonce, "application/octet-stream"};
  PGATTIC_ASSIGN_OR_RETURN(
      const store::ObjectInfo copied,
      CopyObject(run.ctx, {run.store, record.filter_key, record.filter_etag, ""}, identity,
                 *run.copy, record.filter_key));
  return copied.etag;
}

Status CopyPart(const RunContext& run, ArchiveRecord& record, const JournalPart& part) {
  const model::PartRecord& r = part.record;
  PGATTIC_RETURN_IF_ERROR(EndUploads(run.ctx, *run.copy, r.key));
  const ObjectIdentity identity{r.bytes, r.sha256, part.nonce, "application/vnd.apache.parquet"};
  PGATTIC_ASSIGN_OR_RETURN(
      const store::ObjectInfo copied,
      CopyObject(run.ctx, {run.store, r.key, r.etag, r.version_id}, identity, *run.copy, r.key));
  catalog::PartCopy copy{copied.etag, copied.version_id, copied.crc64nvme, ""};
  PGATTIC_ASSIGN_OR_RETURN(copy.filter_etag, CopyFilter(run, part));
  PGATTIC_FAILPOINT("copy.before_record");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, ""));
  PGATTIC_RETURN_IF_ERROR(
      catalog::RecordPartCopy(run.ctx, run.connection, record.id, r.number, copy));
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("copy.after_record");
  return Status::Ok();
}

/// Puts a sidecar of the first store into the second, its user metadata too: it says whose it is.
Result<std::string> CopySidecar(const RunContext& run, const ArchiveRecord& record,
                                const std::string& key, const std::string& etag,
                                const std::string& known_etag) {
  store::ReadOptions read;
  read.if_match = etag;
  PGATTIC_ASSIGN_OR_RETURN(const std::string text, run.store.Get(run.ctx, key, read));
  PGATTIC_ASSIGN_OR_RETURN(const store::ObjectInfo from, run.store.Head(run.ctx, key, ""));
  store::WriteOptions write;
  write.content_type = key.ends_with(".json") ? "application/json" : "text/plain";
  write.user_metadata = from.user_metadata;
  write.if_absent = known_etag.empty();
  if (!known_etag.empty()) write.if_match = known_etag;
  PGATTIC_ASSIGN_OR_RETURN(const store::ObjectInfo put,
                           ReplaceSidecar(run.At(*run.copy), record, key, text, write));
  return put.etag;
}

Status CopySidecars(const RunContext& run, ArchiveRecord& record,
                    const catalog::ArchiveCopy& known) {
  const model::ObjectKeys keys = run.KeysOf(record);
  catalog::ArchiveCopy copy;
  copy.generation = record.state.generation;
  PGATTIC_FAILPOINT("copy.before_sidecars");
  PGATTIC_ASSIGN_OR_RETURN(
      copy.checksums_etag,
      CopySidecar(run, record, keys.Checksums(), record.checksums_etag, known.checksums_etag));
  PGATTIC_ASSIGN_OR_RETURN(
      copy.metadata_etag,
      CopySidecar(run, record, keys.Metadata(), record.metadata_etag, known.metadata_etag));
  PGATTIC_FAILPOINT("copy.after_sidecars");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(
      run.ctx, record,
      "generation " + std::to_string(copy.generation) + " copied to " + run.copy->Describe()));
  PGATTIC_RETURN_IF_ERROR(catalog::RecordArchiveCopy(run.ctx, run.connection, record.id, copy));
  return transaction->Commit(run.ctx);
}

Status Lacking(const RunContext& run, const std::string& key) {
  return {Code::kFailedPrecondition,
          run.copy->Describe() + " has no copy of " + key + " yet; the next run makes it"};
}

}  // namespace

Status CopyArchive(const RunContext& run, ArchiveRecord& record) {
  if (run.copy == nullptr || !model::IsSwapped(record.state.phase)) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(std::vector<JournalPart> parts, PublishedParts(run, record));
  PGATTIC_ASSIGN_OR_RETURN(const auto copies,
                           catalog::LoadPartCopies(run.ctx, run.connection, record.id));
  PGATTIC_ASSIGN_OR_RETURN(const catalog::ArchiveCopy known,
                           catalog::LoadArchiveCopy(run.ctx, run.connection, record.id));
  std::erase_if(parts,
                [&](const JournalPart& part) { return copies.contains(part.record.number); });
  if (parts.empty() && known.generation == record.state.generation) return Status::Ok();
  const std::string to = "copying to " + run.copy->Describe();
  PGATTIC_RETURN_IF_ERROR(ClaimPrefix(run.At(*run.copy), record).While(to));
  Progress progress{record.partition, "copy", 0, 0, 0};
  for (const JournalPart& part : parts) progress.rows_total += part.record.rows;
  for (const JournalPart& part : parts) {
    PGATTIC_RETURN_IF_ERROR(run.ctx.Check());
    PGATTIC_RETURN_IF_ERROR(CopyPart(run, record, part).While(to));
    progress.rows_done += part.record.rows;
    progress.bytes_done += part.record.bytes;
    if (run.on_progress) run.on_progress(progress);
  }
  return CopySidecars(run, record, known).While(to);
}

Status CheckCopies(const RunContext& run, const ArchiveRecord& record) {
  if (run.copy == nullptr) return Status::Ok();
  const RunContext there = run.At(*run.copy);
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<JournalPart> parts, PublishedParts(run, record));
  PGATTIC_ASSIGN_OR_RETURN(const auto copies,
                           catalog::LoadPartCopies(run.ctx, run.connection, record.id));
  for (const JournalPart& part : parts) {
    const auto copy = copies.find(part.record.number);
    if (copy == copies.end()) return Lacking(run, part.record.key);
    model::PartRecord expected = part.record;
    expected.etag = copy->second.etag;
    expected.crc64nvme = copy->second.crc64nvme;
    PGATTIC_RETURN_IF_ERROR(CheckObject(there, record, expected, ""));
    if (copy->second.version_id.empty()) continue;
    PGATTIC_RETURN_IF_ERROR(CheckObject(there, record, expected, copy->second.version_id));
  }
  PGATTIC_ASSIGN_OR_RETURN(const catalog::ArchiveCopy sidecars,
                           catalog::LoadArchiveCopy(run.ctx, run.connection, record.id));
  const std::string key = run.KeysOf(record).Metadata();
  if (sidecars.generation != record.state.generation) return Lacking(run, key);
  PGATTIC_ASSIGN_OR_RETURN(const store::ObjectInfo head, run.copy->Head(run.ctx, key, ""));
  if (head.etag == sidecars.metadata_etag) return Status::Ok();
  return {Code::kFailedPrecondition,
          run.copy->Describe() + "/" + key + " is not the metadata that was copied"};
}

}  // namespace pgattic::archive
