#include "archive/publish_step.h"

#include <algorithm>
#include <set>
#include <utility>

#include "archive/cleanup.h"
#include "archive/guard.h"
#include "archive/object_check.h"
#include "archive/part_footer.h"
#include "archive/replacement.h"
#include "archive/shrink_check.h"
#include "base/failpoint.h"
#include "catalog/erasures.h"
#include "model/metadata.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;
using catalog::PartState;

bool Counts(const JournalPart& part) { return part.state == PartState::kVerified; }

/// The columns of the last round: those of its table, or, where that may be gone, of its last part.
Result<model::TableSchema> SchemaOf(const RunContext& run, const ArchiveRecord& record,
                                    const std::vector<JournalPart>& parts) {
  const JournalPart* last = nullptr;
  for (const JournalPart& part : parts) {
    const bool is_later = last == nullptr || part.record.round >= last->record.round;
    if (Counts(part) && is_later) last = &part;
  }
  if (!IsAtRest(record) || last == nullptr) {
    return catalog::LoadColumns(run.ctx, run.connection, record.relation.oid, run.source.id_column,
                                record.text_columns);
  }
  PGATTIC_ASSIGN_OR_RETURN(const auto footer, FooterOf(run.ctx, run.store, last->record));
  return footer->schema();
}

Result<model::Metadata> MakeMetadata(const RunContext& run, const ArchiveRecord& record,
                                     const std::vector<JournalPart>& parts) {
  PGATTIC_ASSIGN_OR_RETURN(const model::TableSchema schema, SchemaOf(run, record, parts));
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
  PGATTIC_ASSIGN_OR_RETURN(metadata.erased,
                           catalog::ArchiveErasures(run.ctx, run.connection, record.id));
  return metadata;
}

store::WriteOptions SidecarOptions(const ArchiveRecord& record, const std::string& lsn,
                                   const std::string& content_type, const std::string& known_etag) {
  store::WriteOptions options;
  options.content_type = content_type;
  options.user_metadata = SidecarMetadata(record, lsn);
  options.if_absent = known_etag.empty();
  if (!known_etag.empty()) options.if_match = known_etag;
  return options;
}

/// The sidecars just written.
struct Sidecars {
  store::ObjectInfo checksums;
  store::ObjectInfo metadata;
};

/// Of the sidecars that are to be replaced.
struct KnownEtags {
  std::string checksums;
  std::string metadata;
};

/// Takes the revision that the sidecars will carry, so that it is nobody else's: of two writers
/// one knows that it is the later. From here on the journal does not know what lies there.
Result<KnownEtags> TakeRevision(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_FAILPOINT("publish.before_revision");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  KnownEtags known{std::exchange(record.checksums_etag, ""),
                   std::exchange(record.metadata_etag, "")};
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, ""));
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("publish.after_revision");
  return known;
}

Result<Sidecars> WriteSidecars(const RunContext& run, const ArchiveRecord& record,
                               const model::Metadata& metadata, const KnownEtags& known) {
  const model::ObjectKeys keys = run.KeysOf(record);
  Sidecars written;
  PGATTIC_FAILPOINT("publish.before_checksums");
  PGATTIC_RETURN_IF_ERROR(CheckStillLeading(run, record));
  PGATTIC_ASSIGN_OR_RETURN(
      written.checksums,
      ReplaceSidecar(run, record, keys.Checksums(), model::SerializeChecksums(metadata.parts),
                     SidecarOptions(record, metadata.lsn, "text/plain", known.checksums)));
  PGATTIC_FAILPOINT("publish.after_checksums");
  PGATTIC_FAILPOINT("publish.before_metadata");
  Status leads = CheckStillLeading(run, record);
  if (!leads.ok()) {
    DeleteUnlessLeading(run, record, keys.Checksums(), written.checksums);
    return leads;
  }
  PGATTIC_ASSIGN_OR_RETURN(
      written.metadata,
      ReplaceSidecar(run, record, keys.Metadata(), model::SerializeMetadata(metadata),
                     SidecarOptions(record, metadata.lsn, "application/json", known.metadata)));
  PGATTIC_FAILPOINT("publish.after_metadata");
  return written;
}

}  // namespace

Result<store::ObjectInfo> ReplaceSidecar(const RunContext& run, const ArchiveRecord& record,
                                         const std::string& key, const std::string& text,
                                         store::WriteOptions options) {
  Result<store::ObjectInfo> put = run.store.Put(run.ctx, key, AsBytes(text), options);
  const bool other = put.Is(Code::kAlreadyExists) || put.Is(Code::kConflict) ||
                     put.Is(Code::kInDoubt) || put.Is(Code::kNotFound);
  if (!other) return put;
  Result<store::ObjectInfo> head = run.store.Head(run.ctx, key, "");
  options.if_match.reset();
  options.if_absent = !head.ok();
  if (!head.ok()) {
    PGATTIC_RETURN_IF_ERROR(IsMissing(run, record, std::move(head).status()).status());
  } else if (!IsOurSidecar(*head, record) &&
             !(run.options.mend_sidecars && !head->user_metadata.contains(kNonceKey))) {
    return {Code::kConflict, run.store.Describe() + "/" + key +
                                 " is of another archive, or newer than this run knows; nothing "
                                 "was changed. Is this prefix shared with another database?"};
  } else {
    options.if_match = head->etag;
  }
  return run.store.Put(run.ctx, key, AsBytes(text), options);
}

namespace {

Status CheckOwner(const RunContext& run, const std::string& key, const std::string& mine) {
  PGATTIC_ASSIGN_OR_RETURN(const std::string found, run.store.Get(run.ctx, key, {}));
  if (found == mine) return Status::Ok();
  return {Code::kFailedPrecondition, run.store.Describe() + " belongs to another source: " + key +
                                         " says " + found +
                                         "nothing was changed. Use another bucket or prefix"};
}

}  // namespace

Status CheckPrefix(const RunContext& run) {
  const model::ObjectKeys any(run.source.id, {}, run.source_options.is_games);
  Status checked = CheckOwner(run, any.Owner(),
                              model::SerializeOwner(run.source.id, run.server.system_identifier));
  return checked.Is(Code::kNotFound) ? Status::Ok() : std::move(checked);
}

Status ClaimPrefix(const RunContext& run, const ArchiveRecord& record) {
  const std::string key = run.KeysOf(record).Owner();
  const std::string text = model::SerializeOwner(record.source, record.system_identifier);
  store::WriteOptions options;
  options.if_absent = true;
  options.content_type = "application/json";
  PGATTIC_FAILPOINT("claim.before_put");
  Result<store::ObjectInfo> put = run.store.Put(run.ctx, key, AsBytes(text), options);
  PGATTIC_FAILPOINT("claim.after_put");
  if (put.ok()) return Status::Ok();
  if (!put.Is(Code::kAlreadyExists) && !put.Is(Code::kInDoubt)) return std::move(put).status();
  return CheckOwner(run, key, text);
}

Result<bool> IsPublished(const RunContext& run, const ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<JournalPart> parts,
                           run.journal.Parts(run.ctx, record.id));
  return record.state.generation > 0 && !record.metadata_etag.empty() &&
         std::all_of(parts.begin(), parts.end(),
                     [](const JournalPart& part) { return part.published == Counts(part); });
}

namespace {

Status RecordGeneration(const RunContext& run, ArchiveRecord& record,
                        std::vector<JournalPart> parts, const Sidecars& written,
                        const model::Metadata& metadata) {
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  record.checksums_etag = written.checksums.etag;
  record.metadata_etag = written.metadata.etag;
  PGATTIC_RETURN_IF_ERROR(run.journal.Advance(run.ctx, record, model::Event::kPublished,
                                              "generation " + std::to_string(metadata.generation) +
                                                  ", " + std::to_string(metadata.rows()) +
                                                  " rows"));
  for (JournalPart& part : parts) {
    if (part.published == Counts(part)) continue;
    part.published = Counts(part);
    PGATTIC_RETURN_IF_ERROR(run.journal.UpdatePart(run.ctx, record.id, part));
  }
  return transaction->Commit(run.ctx);
}

/// The revision first, then the sidecars, then what they are.
Status WriteGeneration(const RunContext& run, ArchiveRecord& record,
                       std::vector<JournalPart> parts) {
  PGATTIC_ASSIGN_OR_RETURN(const KnownEtags known, TakeRevision(run, record));
  PGATTIC_ASSIGN_OR_RETURN(const model::Metadata metadata, MakeMetadata(run, record, parts));
  PGATTIC_ASSIGN_OR_RETURN(const Sidecars written, WriteSidecars(run, record, metadata, known));
  PGATTIC_FAILPOINT("publish.before_record");
  const ArchiveRecord before = record;
  Status recorded = RecordGeneration(run, record, std::move(parts), written, metadata);
  if (!recorded.ok()) {
    const model::ObjectKeys keys = run.KeysOf(before);
    DeleteUnlessLeading(run, before, keys.Metadata(), written.metadata);
    DeleteUnlessLeading(run, before, keys.Checksums(), written.checksums);
    return recorded;
  }
  PGATTIC_FAILPOINT("publish.after_record");
  return Status::Ok();
}

}  // namespace

Status Publish(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(std::vector<JournalPart> parts, run.journal.Parts(run.ctx, record.id));
  if (!run.options.allow_shrink) {
    PGATTIC_RETURN_IF_ERROR(RefuseShrinking(run, parts));
  }
  return WriteGeneration(run, record, std::move(parts));
}

Status PublishAgain(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(std::vector<JournalPart> parts, run.journal.Parts(run.ctx, record.id));
  return WriteGeneration(run, record, std::move(parts));
}

Status PublishRecovered(const RunContext& run, ArchiveRecord& record, model::Metadata metadata) {
  PGATTIC_ASSIGN_OR_RETURN(const KnownEtags known, TakeRevision(run, record));
  PGATTIC_ASSIGN_OR_RETURN(const catalog::ServerIdentity server,
                           catalog::LoadServerIdentity(run.ctx, run.connection));
  metadata.revision = record.state.revision;
  metadata.generation = record.state.generation + 1;
  metadata.system_identifier = server.system_identifier;
  metadata.timeline = server.timeline;
  metadata.lsn = server.lsn;
  PGATTIC_ASSIGN_OR_RETURN(const Sidecars written, WriteSidecars(run, record, metadata, known));
  ArchiveRecord after = record;
  after.state = model::AfterRecovery(record.state, {false, metadata.generation, 0, 0});
  after.checksums_etag = written.checksums.etag;
  after.metadata_etag = written.metadata.etag;
  PGATTIC_FAILPOINT("reconcile.before_metadata");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(run.journal.Reconcile(
      run.ctx, record, std::move(after),
      "the metadata is written again, generation " + std::to_string(metadata.generation)));
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("reconcile.after_metadata");
  return Status::Ok();
}

Status Tidy(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_RETURN_IF_ERROR(ForgetUnfinished(run, record));
  PGATTIC_ASSIGN_OR_RETURN(const bool is_published, IsPublished(run, record));
  if (IsAtRest(record) && !is_published) {
    // Rows of the parts that go are in others, back in the table, or erased: nothing shrinks.
    PGATTIC_RETURN_IF_ERROR(PublishAgain(run, record));
  }
  return CleanUp(run, record);
}

}  // namespace pgattic::archive
