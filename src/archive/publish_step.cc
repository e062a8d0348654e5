#include "archive/publish_step.h"

#include <algorithm>
#include <set>
#include <utility>

#include "archive/shrink_check.h"
#include "base/failpoint.h"
#include "model/metadata.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;
using catalog::PartState;

bool Counts(const JournalPart& part) { return part.state == PartState::kVerified; }

Result<model::Metadata> MakeMetadata(const RunContext& run, const ArchiveRecord& record,
                                     const std::vector<JournalPart>& parts) {
  PGATTIC_ASSIGN_OR_RETURN(const model::TableSchema schema,
                           catalog::LoadColumns(run.ctx, run.connection, record.relation.oid,
                                                run.source.id_column, record.text_columns));
  PGATTIC_ASSIGN_OR_RETURN(const catalog::ServerIdentity server,
                           catalog::LoadServerIdentity(run.ctx, run.connection));
  model::Metadata metadata;
  metadata.source = record.source;
  metadata.partition_name = record.partition;
  metadata.partition_column = run.source.partition_column;
  metadata.id_column = run.source.id_column;
  metadata.bounds = record.bounds;
  metadata.columns = schema.columns;
  for (const JournalPart& part : parts) {
    if (Counts(part)) metadata.parts.push_back(part.record);
  }
  metadata.former_relation_bytes = record.former_bytes + record.relation_bytes;
  metadata.archived_at = model::FormatInstant(run.ctx.clock().WallNow().time_since_epoch().count());
  metadata.generation = record.state.generation + 1;
  metadata.attempt = record.state.attempt;
  metadata.revision = record.state.revision;
  metadata.system_identifier = server.system_identifier;
  metadata.timeline = server.timeline;
  metadata.lsn = server.lsn;
  metadata.tool_version = run.options.tool_version;
  return metadata;
}

/// Writes a sidecar over the one whose ETag the journal knows. One that a killed run wrote
/// and did not record is accepted as the one to replace when `is_ours` says so.
Result<store::ObjectInfo> Replace(const RunContext& run, const std::string& key,
                                  const std::string& text, const std::string& known_etag,
                                  const std::function<Status(const std::string& found)>& is_ours) {
  store::WriteOptions options;
  options.content_type = key.ends_with(".json") ? "application/json" : "text/plain";
  if (known_etag.empty()) {
    options.if_absent = true;
  } else {
    options.if_match = known_etag;
  }
  Result<store::ObjectInfo> put = run.store.Put(run.ctx, key, AsBytes(text), options);
  const bool other = put.Is(Code::kAlreadyExists) || put.Is(Code::kConflict) ||
                     put.Is(Code::kInDoubt) || put.Is(Code::kNotFound);
  if (!other) return put;
  Result<store::ObjectInfo> head = run.store.Head(run.ctx, key, "");
  options.if_match.reset();
  options.if_absent = !head.ok();
  if (head.ok()) {
    store::ReadOptions read;
    read.if_match = head->etag;
    PGATTIC_ASSIGN_OR_RETURN(const std::string found, run.store.Get(run.ctx, key, read));
    if (found == text) return head;
    PGATTIC_RETURN_IF_ERROR(is_ours(found));
    options.if_match = head->etag;
  }
  return run.store.Put(run.ctx, key, AsBytes(text), options);
}

/// The metadata found is of this archive and not newer than what is to be written.
Status CheckReplaceable(const model::Metadata& ours, const std::string& found,
                        const std::string& where) {
  PGATTIC_ASSIGN_OR_RETURN(const model::Metadata theirs, model::ParseMetadata(found));
  if (!(theirs.source == ours.source) || theirs.system_identifier != ours.system_identifier) {
    return {Code::kFailedPrecondition, where + " holds an archive of " + theirs.source.Name() +
                                           " of database " + theirs.source.database +
                                           " of another server; nothing was changed. Use "
                                           "another bucket or prefix"};
  }
  if (theirs.generation > ours.generation || theirs.revision > ours.revision) {
    return {Code::kConflict, where +
                                 " holds a newer generation than this run knows; nothing "
                                 "was changed"};
  }
  return Status::Ok();
}

Status WriteSidecars(const RunContext& run, ArchiveRecord& record,
                     const model::Metadata& metadata) {
  const model::ObjectKeys keys = run.KeysOf(record);
  const std::string where = run.store.Describe() + "/" + keys.Metadata();
  // Checksums say nothing of their generation: the metadata beside them does.
  const auto beside_ours = [&](const std::string&) -> Status {
    const Result<std::string> found = run.store.Get(run.ctx, keys.Metadata(), {});
    if (found.ok()) return CheckReplaceable(metadata, *found, where);
    const bool is_missing = found.Is(Code::kNotFound) || found.Is(Code::kPermissionDenied);
    return is_missing ? Status::Ok() : found.status();
  };
  PGATTIC_FAILPOINT("publish.before_checksums");
  PGATTIC_ASSIGN_OR_RETURN(const store::ObjectInfo checksums,
                           Replace(run, keys.Checksums(), model::SerializeChecksums(metadata.parts),
                                   record.checksums_etag, beside_ours));
  PGATTIC_FAILPOINT("publish.after_checksums");
  PGATTIC_FAILPOINT("publish.before_metadata");
  PGATTIC_ASSIGN_OR_RETURN(
      const store::ObjectInfo published,
      Replace(run, keys.Metadata(), model::SerializeMetadata(metadata), record.metadata_etag,
              [&](const std::string& found) { return CheckReplaceable(metadata, found, where); }));
  PGATTIC_FAILPOINT("publish.after_metadata");
  record.checksums_etag = checksums.etag;
  record.metadata_etag = published.etag;
  return Status::Ok();
}

}  // namespace

Status ClaimPrefix(const RunContext& run, const ArchiveRecord& record) {
  const std::string key = run.KeysOf(record).Owner();
  const std::string text = model::SerializeOwner(record.source, record.system_identifier);
  store::WriteOptions options;
  options.if_absent = true;
  options.content_type = "application/json";
  Result<store::ObjectInfo> put = run.store.Put(run.ctx, key, AsBytes(text), options);
  if (put.ok()) return Status::Ok();
  if (!put.Is(Code::kAlreadyExists) && !put.Is(Code::kInDoubt)) return std::move(put).status();
  PGATTIC_ASSIGN_OR_RETURN(const std::string found, run.store.Get(run.ctx, key, {}));
  if (found == text) return Status::Ok();
  return {Code::kFailedPrecondition, run.store.Describe() + " belongs to another source: " + key +
                                         " says " + found +
                                         "nothing was changed. Use another bucket or prefix"};
}

Result<bool> IsPublished(const RunContext& run, const ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<JournalPart> parts,
                           run.journal.Parts(run.ctx, record.id));
  return record.state.generation > 0 && !record.metadata_etag.empty() &&
         std::all_of(parts.begin(), parts.end(),
                     [](const JournalPart& part) { return part.published == Counts(part); });
}

Status Publish(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(std::vector<JournalPart> parts, run.journal.Parts(run.ctx, record.id));
  if (!run.options.allow_shrink) {
    PGATTIC_RETURN_IF_ERROR(RefuseShrinking(run, parts));
  }
  PGATTIC_ASSIGN_OR_RETURN(const model::Metadata metadata, MakeMetadata(run, record, parts));
  PGATTIC_RETURN_IF_ERROR(WriteSidecars(run, record, metadata));
  PGATTIC_FAILPOINT("publish.before_record");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(run.journal.Advance(run.ctx, record, model::Event::kPublished,
                                              "generation " + std::to_string(metadata.generation) +
                                                  ", " + std::to_string(metadata.rows()) +
                                                  " rows"));
  for (JournalPart& part : parts) {
    if (part.published == Counts(part)) continue;
    part.published = Counts(part);
    PGATTIC_RETURN_IF_ERROR(run.journal.UpdatePart(run.ctx, record.id, part));
  }
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("publish.after_record");
  return Status::Ok();
}

}  // namespace pgattic::archive
