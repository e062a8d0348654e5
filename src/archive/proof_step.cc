#include "archive/proof_step.h"

#include "archive/cleanup.h"
#include "archive/object_check.h"
#include "archive/sample_check.h"
#include "base/failpoint.h"
#include "columnar/id_filter.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;
using catalog::PartState;

columnar::ReadRange RangesOf(const OpContext& ctx, store::ObjectStore& store,
                             const model::PartRecord& part) {
  return [&ctx, &store, key = part.key, etag = part.etag, version = part.version_id](
             std::int64_t offset, std::int64_t length) {
    store::ReadOptions options;
    options.range = store::ByteRange{offset, length};
    options.if_match = etag;
    options.version_id = version;
    return store.Get(ctx, key, options);
  };
}

Status Damaged(const store::ObjectStore& store, const model::PartRecord& part,
               const std::string& what) {
  return {Code::kCorruption, store.Describe() + "/" + part.key + " is damaged: " + what};
}

Status CompareWithRecord(const store::ObjectStore& store, const model::PartRecord& part,
                         const columnar::ReadBack& found) {
  if (found.sha256 != part.sha256) {
    return Damaged(store, part, "sha256 is " + found.sha256 + ", sent was " + part.sha256);
  }
  if (found.digest.rows != part.rows) {
    return Damaged(store, part,
                   "it holds " + std::to_string(found.digest.rows) + " rows, exported were " +
                       std::to_string(part.rows));
  }
  if (!(found.digest == part.digest)) {
    return Damaged(store, part, "the digest of its rows is not that of the exported rows");
  }
  if (found.min_id != part.min_id || found.max_id != part.max_id) {
    return Damaged(store, part, "its first or last id is another");
  }
  return Status::Ok();
}

/// Writes the id filter of a part, made from the ids that are stored.
Status WriteFilter(const RunContext& run, JournalPart& part) {
  const columnar::ReadRange read = RangesOf(run.ctx, run.store, part.record);
  PGATTIC_ASSIGN_OR_RETURN(std::string tail, read(part.record.bytes - part.record.footer_bytes,
                                                  part.record.footer_bytes));
  PGATTIC_ASSIGN_OR_RETURN(const auto footer,
                           columnar::Footer::Parse(std::move(tail), part.record.bytes));
  columnar::IdFilter filter = columnar::IdFilter::Make(part.record.rows);
  PGATTIC_RETURN_IF_ERROR(columnar::ReadIds(run.ctx, read, *footer, [&](const std::string& id) {
    filter.Insert(id);
    return Status::Ok();
  }));
  store::WriteOptions options;
  options.if_absent = true;
  options.user_metadata = {{kNonceKey, part.nonce}};
  const std::string bytes = filter.Serialize();
  PGATTIC_FAILPOINT("filter.before_put");
  Result<store::ObjectInfo> put =
      run.store.Put(run.ctx, part.record.filter_key, AsBytes(bytes), options);
  if (put.Is(Code::kAlreadyExists) || put.Is(Code::kInDoubt)) {
    // A run before this one wrote it; its bytes follow from the part's.
    put = run.store.Head(run.ctx, part.record.filter_key, "");
    if (put.ok() && !CarriesNonce(*put, part.nonce)) {
      return {Code::kConflict, run.store.Describe() + "/" + part.record.filter_key +
                                   " was written by somebody else; nothing was changed. Is this "
                                   "prefix shared with another database?"};
    }
  }
  PGATTIC_FAILPOINT("filter.after_put");
  if (!put.ok()) return std::move(put).status().While("writing " + part.record.filter_key);
  part.record.filter_etag = put->etag;
  return Status::Ok();
}

Status ProvePart(const RunContext& run, const ArchiveRecord& record,
                 const model::TableSchema& schema, JournalPart& part) {
  PGATTIC_FAILPOINT("proof.before_read");
  Result<store::ObjectInfo> found =
      run.store.Head(run.ctx, part.record.key, part.record.version_id);
  if (!found.ok()) {
    PGATTIC_RETURN_IF_ERROR(IsMissing(run, record, std::move(found).status()).status());
    return {Code::kNotFound, run.store.Describe() + "/" + part.record.key + " is gone"};
  }
  const store::ObjectInfo& head = *found;
  if (head.etag != part.record.etag || head.size_bytes != part.record.bytes) {
    return Damaged(run.store, part.record,
                   "it has " + std::to_string(head.size_bytes) + " bytes, ETag " + head.etag +
                       "; sent were " + std::to_string(part.record.bytes) + ", " +
                       part.record.etag);
  }
  if (part.record.crc64nvme.empty()) part.record.crc64nvme = head.crc64nvme;
  SampleCheck check(run, record, schema, part.record.key);
  columnar::SampleOptions sample;
  if (run.options.proof_full) sample.by_hash = -1;
  PGATTIC_RETURN_IF_ERROR(ReadBackPart(run.ctx, run.store, part.record, sample,
                                       [&](const columnar::Row& row) { return check.Add(row); }));
  PGATTIC_RETURN_IF_ERROR(check.Finish());
  return WriteFilter(run, part);
}

/// The part cannot be trusted: it becomes obsolete and will be made again.
Status Reject(const RunContext& run, ArchiveRecord& record, JournalPart part, const Status& why) {
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(run.journal.Advance(run.ctx, record, model::Event::kPartsRejected,
                                              part.record.key + ": " + why.error().message));
  PGATTIC_RETURN_IF_ERROR(ReplacePart(run, record, std::move(part), false));
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, ""));
  PGATTIC_FAILPOINT("reject.before_record");
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("reject.after_record");
  return Status::Ok();
}

Status RecordProof(const RunContext& run, ArchiveRecord& record, JournalPart& part) {
  PGATTIC_FAILPOINT("proof.before_record");
  part.state = PartState::kVerified;
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record, ""));
  PGATTIC_RETURN_IF_ERROR(run.journal.UpdatePart(run.ctx, record.id, part));
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("proof.after_record");
  return Status::Ok();
}

/// A proof that failed: were it the rows that changed, or is the part bad?
Status Judge(const RunContext& run, ArchiveRecord& record, const JournalPart& part,
             Status failure) {
  if (!failure.Is(Code::kCorruption) && !failure.Is(Code::kNotFound) &&
      !failure.Is(Code::kConflict)) {
    return failure;
  }
  PGATTIC_ASSIGN_OR_RETURN(const int changed, TakeBackChangedParts(run, record));
  if (changed > 0) return Status::Ok();
  PGATTIC_RETURN_IF_ERROR(Reject(run, record, part, failure));
  return {Code::kCorruption,
          failure.error().message + "; nothing was dropped. The next run makes this part again",
          failure.error().origin};
}

}  // namespace

Status ReadBackPart(const OpContext& ctx, store::ObjectStore& store, const model::PartRecord& part,
                    const columnar::SampleOptions& sample, const columnar::OnSample& on_sample) {
  Result<columnar::ReadBack> found =
      columnar::ReadPart(ctx, RangesOf(ctx, store, part), part.bytes, sample, on_sample);
  if (!found.ok()) return std::move(found).status().While("reading back " + part.key);
  return CompareWithRecord(store, part, *found);
}

Status ProveParts(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(const model::TableSchema schema,
                           catalog::LoadColumns(run.ctx, run.connection, record.relation.oid,
                                                run.source.id_column, record.text_columns));
  PGATTIC_ASSIGN_OR_RETURN(std::vector<JournalPart> parts, LiveParts(run, record));
  Progress progress{record.partition, "proof", 0, record.fingerprint->rows, 0};
  for (JournalPart& part : parts) {
    if (part.state == PartState::kUploaded) {
      Status proven = ProvePart(run, record, schema, part);
      if (!proven.ok()) return Judge(run, record, part, std::move(proven));
      Status recorded = RecordProof(run, record, part);
      if (!recorded.ok()) {
        DeleteUnlessKnown(run, record, part);
        return recorded;
      }
    }
    progress.rows_done += part.record.rows;
    progress.bytes_done += part.record.bytes;
    if (run.on_progress) run.on_progress(progress);
  }
  PGATTIC_FAILPOINT("verified.before");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(run.journal.Advance(
      run.ctx, record, model::Event::kProven,
      std::to_string(parts.size()) + " parts read back, digest and samples equal"));
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("verified.after");
  return Status::Ok();
}

}  // namespace pgattic::archive
