#include "archive/table_definition.h"

#include <algorithm>
#include <optional>

#include "base/hash.h"
#include "model/table_ddl.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;

// In the definition's user metadata: whose it is, and what it was made of.
constexpr const char* kOwnerKey = "pgattic-owner";
constexpr const char* kStampKey = "pgattic-archives";
constexpr int kTries = 3;

/// Published archives of the source, oldest first.
Result<std::vector<ArchiveRecord>> PublishedOf(const OpContext& ctx, catalog::Journal& journal,
                                               const model::SourceId& source) {
  PGATTIC_ASSIGN_OR_RETURN(std::vector<ArchiveRecord> records, journal.List(ctx));
  std::erase_if(records, [&](const ArchiveRecord& record) {
    return !(record.source == source) || record.state.generation == 0;
  });
  std::sort(records.begin(), records.end(),
            [](const auto& a, const auto& b) { return a.bounds.from_us < b.bounds.from_us; });
  return records;
}

std::string StampOf(const std::vector<ArchiveRecord>& records, const DefinitionOptions& options,
                    const std::string& version) {
  std::string text =
      version + "\n" + options.database + "\n" + (options.is_archive ? "archive\n" : "\n");
  for (const ArchiveRecord& record : records) {
    text += std::to_string(record.id) + " " + record.metadata_etag + "\n";
  }
  return Sha256::Of(AsBytes(text));
}

Result<std::vector<model::Metadata>> Load(const OpContext& ctx, store::ObjectStore& store,
                                          const std::vector<ArchiveRecord>& records, bool at_root) {
  std::vector<model::Metadata> archives;
  for (const ArchiveRecord& record : records) {
    const std::string key = model::ObjectKeys(record.source, record.bounds, at_root).Metadata();
    const Result<std::string> text = store.Get(ctx, key, {});
    if (text.Is(Code::kNotFound)) continue;
    if (!text.ok()) return text.status().While("reading " + key);
    Result<model::Metadata> metadata = model::ParseMetadata(*text);
    if (!metadata.ok()) return std::move(metadata).status().While("reading " + key);
    archives.push_back(std::move(*metadata));
  }
  return archives;
}

/// The source on this server, as ASCII.
std::string OwnerOf(const RunContext& run) {
  return Sha256::Of(AsBytes(model::SerializeOwner(run.source.id, run.server.system_identifier)));
}

/// After a recovery the journal may know less than the bucket holds; `archive` goes on with none of
/// them then.
bool IsOfThisTimeline(const RunContext& run, const std::vector<ArchiveRecord>& records) {
  return std::all_of(records.begin(), records.end(), [&](const ArchiveRecord& record) {
    return record.system_identifier == run.server.system_identifier &&
           record.timeline == run.server.timeline;
  });
}

/// One look and, where it is wanted, one write. Conflict: somebody else wrote meanwhile.
Status TryKeep(const RunContext& run, const std::string& key, const DefinitionOptions& options) {
  const model::SourceId& source = run.source.id;
  const bool at_root = run.source_options.is_games;
  Result<store::ObjectInfo> found = run.store.Head(run.ctx, key, "");
  // Without ListBucket a key that is not there answers 403; one that is denied fails at the PUT.
  if (!found.ok() && !found.Is(Code::kNotFound) && !found.Is(Code::kPermissionDenied)) {
    return std::move(found).status();
  }
  // After the look: what is published later is another run's to write, over this ETag.
  PGATTIC_ASSIGN_OR_RETURN(const auto records, PublishedOf(run.ctx, run.journal, source));
  if (!IsOfThisTimeline(run, records)) return Status::Ok();
  const std::string owner = OwnerOf(run);
  const std::string stamp = StampOf(records, options, run.options.tool_version);
  if (found.ok() && found->user_metadata[kStampKey] == stamp) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(const auto archives, Load(run.ctx, run.store, records, at_root));
  const bool is_ours = found.ok() && found->user_metadata[kOwnerKey] == owner;
  if (archives.empty() && !is_ours) return Status::Ok();
  if (found.ok() && !is_ours) {
    return {
        Code::kFailedPrecondition,
        "what lies there is not of this source and server, and was left as it is; move it away"};
  }
  if (archives.empty()) {
    return run.store.Delete(run.ctx, key, {found->version_id, found->etag});
  }
  store::WriteOptions write;
  write.content_type = "application/sql";
  write.user_metadata = {{kOwnerKey, owner}, {kStampKey, stamp}};
  write.if_absent = !found.ok();
  if (found.ok()) write.if_match = found->etag;
  const std::string prefix = model::ObjectKeys(source, {}, at_root).Prefix();
  const std::string text =
      model::TableDdl(model::Dialect::kAthena, archives,
                      {run.store.Describe(), prefix, options.database, options.is_archive});
  return run.store.Put(run.ctx, key, AsBytes(text), write).status();
}

bool IsLostRace(const Status& status) {
  return status.Is(Code::kConflict) || status.Is(Code::kAlreadyExists) ||
         status.Is(Code::kInDoubt) || status.Is(Code::kNotFound);
}

}  // namespace

Result<std::vector<model::Metadata>> LoadPublished(const OpContext& ctx, catalog::Journal& journal,
                                                   store::ObjectStore& store,
                                                   const model::SourceId& source, bool at_root) {
  PGATTIC_ASSIGN_OR_RETURN(const auto records, PublishedOf(ctx, journal, source));
  return Load(ctx, store, records, at_root);
}

std::string DefinitionKey(const model::SourceId& source, bool at_root) {
  return model::ObjectKeys(source, {}, at_root).Prefix() + "athena_schemas/game_partitions.sql";
}

Status KeepDefinition(const RunContext& run, const DefinitionOptions& options) {
  const std::string key = DefinitionKey(run.source.id, run.source_options.is_games);
  Status kept;
  for (int i = 0; i < kTries; ++i) {
    kept = TryKeep(run, key, options);
    if (kept.ok() || !IsLostRace(kept)) break;
  }
  return std::move(kept).While("writing the definition of the table, " + key +
                               " (the archives are not concerned; the next run writes it)");
}

}  // namespace pgattic::archive
