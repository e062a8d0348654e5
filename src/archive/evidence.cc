#include "archive/evidence.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "archive/guard.h"
#include "archive/object_check.h"
#include "catalog/swap.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;

std::string Attribute(const store::ObjectInfo& object, const char* key) {
  const auto found = object.user_metadata.find(key);
  return found == object.user_metadata.end() ? "" : found->second;
}

bool Names(const std::vector<JournalPart>& parts, const std::string& key) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const JournalPart& part) { return part.record.key == key; });
}

/// The object, or nullopt when there is none.
Result<std::optional<store::ObjectInfo>> HeadIfThere(const RunContext& run,
                                                     const ArchiveRecord& any,
                                                     const std::string& key) {
  Result<store::ObjectInfo> head = run.store.Head(run.ctx, key, "");
  if (head.ok()) return std::optional<store::ObjectInfo>(std::move(*head));
  // Before the first part there is no owner object yet to try the credentials with.
  if (head.Is(Code::kPermissionDenied) && any.state.generation == 0) {
    return std::optional<store::ObjectInfo>();
  }
  PGATTIC_RETURN_IF_ERROR(IsMissing(run, any, std::move(head).status()).status());
  return std::optional<store::ObjectInfo>();
}

Status ReadMetadata(const RunContext& run, const ArchiveRecord& any, Evidence& evidence) {
  PGATTIC_ASSIGN_OR_RETURN(std::optional<store::ObjectInfo> head,
                           HeadIfThere(run, any, evidence.keys.Metadata()));
  if (!head) return Status::Ok();
  store::ReadOptions options;
  options.if_match = head->etag;
  PGATTIC_ASSIGN_OR_RETURN(const std::string text,
                           run.store.Get(run.ctx, evidence.keys.Metadata(), options));
  PGATTIC_ASSIGN_OR_RETURN(evidence.metadata, model::ParseMetadata(text));
  evidence.metadata_object = std::move(*head);
  PGATTIC_ASSIGN_OR_RETURN(const std::optional<store::ObjectInfo> checksums,
                           HeadIfThere(run, any, evidence.keys.Checksums()));
  if (checksums) evidence.checksums_etag = checksums->etag;
  if (!(evidence.metadata->source == any.source)) {
    return {Code::kFailedPrecondition, run.store.Describe() + "/" + evidence.keys.Metadata() +
                                           " is of " + evidence.metadata->source.Name() +
                                           ", another source; nothing was changed"};
  }
  PGATTIC_ASSIGN_OR_RETURN(evidence.stored, PartsOfMetadata(run, *evidence.metadata));
  PGATTIC_ASSIGN_OR_RETURN(
      evidence.is_wal_behind,
      catalog::IsBehind(run.ctx, run.connection, Attribute(evidence.metadata_object, kLsnKey)));
  return Status::Ok();
}

/// Objects of parts that neither journal nor metadata name: of a time that was undone.
Status ListOrphans(const RunContext& run, Evidence& evidence) {
  Result<std::vector<std::string>> keys = run.store.List(run.ctx, evidence.keys.Folder());
  if (keys.Is(Code::kPermissionDenied) || keys.Is(Code::kUnsupported)) return Status::Ok();
  if (!keys.ok()) return std::move(keys).status();
  evidence.could_list = true;
  for (const std::string& key : *keys) {
    const auto name = evidence.keys.PartNameOf(key);
    if (!name || Names(evidence.parts, key) || Names(evidence.stored, key)) continue;
    Result<store::ObjectInfo> head = run.store.Head(run.ctx, key, "");
    if (head.Is(Code::kNotFound)) continue;
    if (!head.ok()) return std::move(head).status();
    JournalPart orphan;
    orphan.state = catalog::PartState::kObsolete;
    orphan.nonce = Attribute(*head, kNonceKey);
    orphan.record.key = key;
    orphan.record.attempt = name->attempt;
    orphan.record.number = name->number;
    orphan.record.etag = head->etag;
    orphan.record.version_id = head->version_id;
    orphan.record.filter_key = model::ObjectKeys::Filter(key);
    evidence.orphans.push_back(std::move(orphan));
  }
  return Status::Ok();
}

void CountUp(Evidence& evidence) {
  if (evidence.record) {
    evidence.highest_attempt = evidence.record->state.attempt;
    evidence.next_part = evidence.record->next_part;
  }
  if (evidence.metadata) {
    evidence.highest_attempt = std::max(evidence.highest_attempt, evidence.metadata->attempt);
  }
  for (const auto* parts : {&evidence.parts, &evidence.stored, &evidence.orphans}) {
    for (const JournalPart& part : *parts) {
      evidence.highest_attempt = std::max(evidence.highest_attempt, part.record.attempt);
      evidence.next_part = std::max(evidence.next_part, part.record.number + 1);
    }
  }
}

/// The table of the round under way was dropped by hand, and another has its place.
Status LookForTable(const RunContext& run, Evidence& evidence) {
  if (!evidence.record || !evidence.attached) return Status::Ok();
  const ArchiveRecord& record = *evidence.record;
  const model::Phase phase = record.state.phase;
  const bool is_under_way = phase != model::Phase::kPlanned && !model::IsSwapped(phase);
  if (!is_under_way || evidence.attached->oid == record.relation.oid) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(const auto name,
                           catalog::NameOfRelation(run.ctx, run.connection, record.relation.oid));
  evidence.is_other_table = !name;
  return Status::Ok();
}

void Compare(const RunContext& run, Evidence& evidence) {
  if (!evidence.record) return;
  const ArchiveRecord& record = *evidence.record;
  evidence.is_other_server = record.system_identifier != run.server.system_identifier;
  evidence.is_other_timeline = !evidence.is_other_server && record.timeline != run.server.timeline;
  const bool is_published = !record.metadata_etag.empty() ||
                            std::any_of(evidence.parts.begin(), evidence.parts.end(),
                                        [](const JournalPart& part) { return part.published; });
  if (!evidence.metadata) {
    evidence.is_gone = is_published;
    return;
  }
  evidence.is_foreign = Attribute(evidence.metadata_object, kNonceKey) != record.nonce;
  // One generation ahead and not newer is what a killed run leaves: the next one records it.
  evidence.is_ahead = !evidence.is_foreign && !IsOurSidecar(evidence.metadata_object, record);
}

}  // namespace

Result<std::vector<JournalPart>> PartsOfMetadata(const RunContext& run,
                                                 const model::Metadata& metadata) {
  std::vector<JournalPart> parts;
  for (const model::PartRecord& record : metadata.parts) {
    PGATTIC_ASSIGN_OR_RETURN(const store::ObjectInfo head,
                             run.store.Head(run.ctx, record.key, record.version_id));
    if (head.etag != record.etag || head.size_bytes != record.bytes) {
      return {Code::kCorruption, run.store.Describe() + "/" + record.key +
                                     " is not the object that the metadata names; nothing was "
                                     "changed. Restore it from a version or a copy of the bucket"};
    }
    JournalPart part;
    part.record = record;
    part.state = catalog::PartState::kVerified;
    part.published = true;
    part.nonce = Attribute(head, kNonceKey);
    parts.push_back(std::move(part));
  }
  return parts;
}

Result<Evidence> GatherEvidence(const RunContext& run, const ArchiveRecord* record,
                                const std::optional<catalog::Partition>& attached) {
  ArchiveRecord any;
  any.source = run.source.id;
  if (attached) any.bounds = attached->bounds;
  if (record != nullptr) any = *record;
  Evidence evidence{.record = {}, .parts = {}, .attached = attached, .keys = run.KeysOf(any)};
  if (record != nullptr) {
    evidence.record = *record;
    PGATTIC_ASSIGN_OR_RETURN(evidence.parts, run.journal.Parts(run.ctx, record->id));
  }
  PGATTIC_RETURN_IF_ERROR(ReadMetadata(run, any, evidence));
  Compare(run, evidence);
  if (!evidence.is_other_server) PGATTIC_RETURN_IF_ERROR(LookForTable(run, evidence));
  if (!evidence.is_whole()) PGATTIC_RETURN_IF_ERROR(ListOrphans(run, evidence));
  CountUp(evidence);
  return evidence;
}

}  // namespace pgattic::archive
