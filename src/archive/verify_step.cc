#include "archive/verify_step.h"

#include "archive/part_footer.h"
#include "archive/proof_step.h"
#include "base/hash.h"
#include "columnar/id_filter.h"
#include "model/metadata.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;

Status NotWhatWasWritten(const store::ObjectStore& store, const std::string& key) {
  return {Code::kCorruption, store.Describe() + "/" + key + " is not the object that was written"};
}

Result<std::string> Read(const OpContext& ctx, store::ObjectStore& store, const std::string& key,
                         const std::string& etag) {
  store::ReadOptions options;
  options.if_match = etag;
  Result<std::string> bytes = store.Get(ctx, key, options);
  if (!bytes.Is(Code::kConflict)) return bytes;
  return NotWhatWasWritten(store, key);
}

}  // namespace

Status VerifyPart(const OpContext& ctx, store::ObjectStore& store, const model::PartRecord& part) {
  const columnar::SampleOptions none{0, false, false};
  return ReadBackPart(ctx, store, part, none, [](const columnar::Row&) { return Status::Ok(); });
}

Status VerifyFilter(const OpContext& ctx, store::ObjectStore& store,
                    const model::PartRecord& part) {
  PGATTIC_ASSIGN_OR_RETURN(const std::string bytes,
                           Read(ctx, store, part.filter_key, part.filter_etag));
  PGATTIC_ASSIGN_OR_RETURN(const columnar::IdFilter filter, columnar::IdFilter::Parse(bytes));
  if (!filter.IsOf(part.sha256)) {
    return {Code::kCorruption,
            store.Describe() + "/" + part.filter_key + " is the filter of another part"};
  }
  PGATTIC_ASSIGN_OR_RETURN(const auto footer, FooterOf(ctx, store, part));
  const columnar::ReadRange read = RangesOf(ctx, store, part);
  return columnar::ReadIds(ctx, read, *footer, [&](const std::string& id) -> Status {
    if (filter.MayContain(id)) return Status::Ok();
    return {Code::kCorruption,
            store.Describe() + "/" + part.filter_key + " does not know id " + id + " of its part"};
  });
}

Status VerifyNarrow(const OpContext& ctx, store::ObjectStore& store,
                    const model::PartRecord& part) {
  const std::string key = model::ObjectKeys::Narrow(part.key);
  PGATTIC_ASSIGN_OR_RETURN(const std::string bytes, Read(ctx, store, key, part.narrow->etag));
  Sha256 sha256;
  sha256.Update(AsBytes(bytes));
  if (sha256.HexDigest() == part.narrow->sha256) return Status::Ok();
  return NotWhatWasWritten(store, key);
}

namespace {

Status VerifyChecksums(const OpContext& ctx, store::ObjectStore& store, const std::string& key,
                       const std::string& etag, const std::vector<model::PartRecord>& parts) {
  PGATTIC_ASSIGN_OR_RETURN(const std::string text, Read(ctx, store, key, etag));
  if (text == model::SerializeChecksums(parts)) return Status::Ok();
  return {Code::kCorruption, store.Describe() + "/" + key + " is not what the journal says"};
}

/// What the journal knows as well has to be the same in every letter.
Status VerifyMetadata(const OpContext& ctx, store::ObjectStore& store, const std::string& key,
                      const ArchiveRecord& record, const std::vector<model::PartRecord>& parts) {
  PGATTIC_ASSIGN_OR_RETURN(const std::string text, Read(ctx, store, key, record.metadata_etag));
  PGATTIC_ASSIGN_OR_RETURN(model::Metadata metadata, model::ParseMetadata(text));
  metadata.source = record.source;
  metadata.partition_name = record.partition;
  metadata.bounds = record.bounds;
  metadata.parts = parts;
  metadata.generation = record.state.generation;
  if (text == model::SerializeMetadata(metadata)) return Status::Ok();
  return {Code::kCorruption, store.Describe() + "/" + key + " is not what the journal says"};
}

}  // namespace

std::vector<Verdict> VerifySidecars(const OpContext& ctx, store::ObjectStore& store,
                                    const model::ObjectKeys& keys, const ArchiveRecord& record,
                                    const std::vector<JournalPart>& parts) {
  std::vector<model::PartRecord> published;
  for (const JournalPart& part : parts) {
    if (part.published) published.push_back(part.record);
  }
  std::vector<Verdict> verdicts;
  if (published.empty() || record.metadata_etag.empty()) return verdicts;
  const auto add = [&](const std::string& key, Status status) {
    verdicts.push_back({record.partition, key, false, 0, std::move(status)});
  };
  add(keys.Checksums(),
      VerifyChecksums(ctx, store, keys.Checksums(), record.checksums_etag, published));
  add(keys.Metadata(), VerifyMetadata(ctx, store, keys.Metadata(), record, published));
  return verdicts;
}

std::vector<Verdict> VerifyArchive(const OpContext& ctx, store::ObjectStore& store,
                                   const model::ObjectKeys& keys, const ArchiveRecord& record,
                                   const std::vector<JournalPart>& parts) {
  std::vector<Verdict> verdicts;
  for (const JournalPart& part : parts) {
    if (!part.published) continue;
    verdicts.push_back({record.partition, part.record.key, true, part.record.rows,
                        VerifyPart(ctx, store, part.record)});
    if (!part.record.filter_etag.empty()) {
      verdicts.push_back({record.partition, part.record.filter_key, false, 0,
                          VerifyFilter(ctx, store, part.record)});
    }
    if (part.record.narrow) {
      verdicts.push_back({record.partition, model::ObjectKeys::Narrow(part.record.key), false, 0,
                          VerifyNarrow(ctx, store, part.record)});
    }
  }
  for (Verdict& verdict : VerifySidecars(ctx, store, keys, record, parts)) {
    verdicts.push_back(std::move(verdict));
  }
  return verdicts;
}

}  // namespace pgattic::archive
