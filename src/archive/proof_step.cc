#include "archive/proof_step.h"

#include <mutex>
#include <optional>

#include "archive/cleanup.h"
#include "archive/object_check.h"
#include "archive/part_crew.h"
#include "archive/part_footer.h"
#include "archive/part_sidecars.h"
#include "archive/sample_check.h"
#include "base/failpoint.h"
#include "catalog/erasing.h"
#include "catalog/erasures.h"
#include "catalog/proofs.h"
#include "store/paced_object_store.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;
using catalog::PartState;

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

Status CheckHead(const RunContext& run, const ArchiveRecord& record, JournalPart& part) {
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
  return Status::Ok();
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

struct Refuted {
  JournalPart part;
  Status why;
};

/// Proves parts, several at a time. Proofs are journalled by whichever worker made them, under
/// one mutex: it guards the run's connection, its journal, `record` and what follows it.
class PartsProof {
 public:
  PartsProof(const RunContext& run, ArchiveRecord& record, model::TableSchema schema,
             catalog::ErasureList erased)
      : run_(run),
        record_(record),
        schema_(std::move(schema)),
        erased_(std::move(erased)),
        frozen_(record) {}

  Status Run(std::vector<JournalPart> parts) {
    std::vector<JournalPart> unproven;
    for (JournalPart& part : parts) {
      if (part.state == PartState::kUploaded) {
        unproven.push_back(std::move(part));
      } else {
        Report(part);
      }
    }
    const std::int64_t rows = frozen_.fingerprint->rows;
    return WorkOnParts(run_, frozen_, rows, unproven,
                       [this](pg::Connection& connection, JournalPart& part) {
                         Status proven = ProveOne(connection, part);
                         if (!proven.ok()) return Refute(part, std::move(proven));
                         Status recorded = Record(part);
                         if (!recorded.ok()) DeleteUnlessWanted(run_, frozen_, part);
                         return recorded;
                       });
  }

  /// The part whose proof failed first, and why; none when something else went wrong.
  std::optional<Refuted>& refuted() { return refuted_; }

 private:
  Status ProveOne(pg::Connection& connection, JournalPart& part) {
    PGATTIC_FAILPOINT("proof.before_read");
    PGATTIC_RETURN_IF_ERROR(CheckHead(run_, frozen_, part));
    SampleCheck check(run_, connection, frozen_, schema_, part.record.key);
    columnar::SampleOptions sample;
    if (run_.options.proof_full) sample.by_hash = -1;
    PartSidecars sidecars(part.record);
    std::vector<std::string> returned;
    store::PacedObjectStore paced(run_.store, PaceOf(part.record));
    PGATTIC_RETURN_IF_ERROR(ReadBackPart(
        run_.ctx, paced, part.record, sample,
        [&](columnar::Row row) { return check.Add(std::move(row)); },
        [&](const columnar::RowView& row) {
          if (erased_.Contains(row.id())) returned.push_back(row.id());
          return sidecars.Add(row);
        }));
    if (!returned.empty()) return EraseAgain(returned);
    PGATTIC_RETURN_IF_ERROR(check.Finish());
    return sidecars.Write(run_, part);
  }

  /// Reading back costs what decoding costs: the bytes count as what they are decompressed.
  store::AfterRead PaceOf(const model::PartRecord& part) const {
    if (run_.pacer == nullptr || part.bytes == 0) return {};
    return [pacer = run_.pacer, &part](const OpContext& ctx, std::int64_t bytes) {
      const double raw_per_byte =
          static_cast<double>(part.raw_bytes) / static_cast<double>(part.bytes);
      return pacer->Read(ctx, static_cast<std::int64_t>(static_cast<double>(bytes) * raw_per_byte),
                         0);
    };
  }

  /// Rows of erased ids that somebody wrote again: they go from the table, and the part, which then
  /// holds others than the table, is made again without them.
  Status EraseAgain(const std::vector<std::string>& ids) {
    const std::scoped_lock lock(mutex_);
    PGATTIC_FAILPOINT("proof.before_erase_again");
    PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run_.ctx, run_.connection));
    PGATTIC_RETURN_IF_ERROR(run_.journal.Touch(
        run_.ctx, record_,
        "rows of " + std::to_string(ids.size()) + " erased ids had come back: deleted again"));
    PGATTIC_RETURN_IF_ERROR(
        catalog::DeleteRowsIn(run_.ctx, run_.connection, run_.source, frozen_.relation, ids)
            .status());
    PGATTIC_RETURN_IF_ERROR(transaction->Commit(run_.ctx));
    PGATTIC_FAILPOINT("proof.after_erase_again");
    return {Code::kConflict, "rows of erased ids had come back; they were deleted again"};
  }

  Status Refute(const JournalPart& part, Status why) {
    const std::scoped_lock lock(mutex_);
    if (!refuted_) refuted_ = Refuted{part, why.Clone()};
    return why;
  }

  Status Record(JournalPart& part) {
    const std::scoped_lock lock(mutex_);
    PGATTIC_FAILPOINT("proof.before_record");
    part.state = PartState::kVerified;
    PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run_.ctx, run_.connection));
    PGATTIC_RETURN_IF_ERROR(run_.journal.Touch(run_.ctx, record_, ""));
    PGATTIC_RETURN_IF_ERROR(run_.journal.UpdatePart(run_.ctx, record_.id, part));
    PGATTIC_RETURN_IF_ERROR(
        catalog::NoteProof(run_.ctx, run_.connection, record_.id, part.record.number, 0));
    PGATTIC_RETURN_IF_ERROR(transaction->Commit(run_.ctx));
    PGATTIC_FAILPOINT("proof.after_record");
    Report(part);
    return Status::Ok();
  }

  void Report(const JournalPart& part) {
    progress_.rows_done += part.record.rows;
    progress_.bytes_done += part.record.bytes;
    if (run_.on_progress) run_.on_progress(progress_);
  }

  const RunContext& run_;
  ArchiveRecord& record_;
  const model::TableSchema schema_;
  const catalog::ErasureList erased_;
  const ArchiveRecord frozen_;  ///< As the proof began; read by all workers.
  std::mutex mutex_;
  std::optional<Refuted> refuted_;
  Progress progress_{frozen_.partition, "proof", 0, frozen_.fingerprint->rows};
};

}  // namespace

namespace {

Status JudgeReadBack(const store::ObjectStore& store, const model::PartRecord& part,
                     Result<columnar::ReadBack> found) {
  if (found.Is(Code::kCorruption)) return Damaged(store, part, found.error().message);
  if (!found.ok()) return std::move(found).status().While("reading back " + part.key);
  return CompareWithRecord(store, part, *found);
}

}  // namespace

Status ReadBackPart(const OpContext& ctx, store::ObjectStore& store, const model::PartRecord& part,
                    const columnar::SampleOptions& sample, const columnar::OnSample& on_sample,
                    const columnar::OnRow& on_row) {
  return JudgeReadBack(
      store, part,
      columnar::ReadPart(ctx, RangesOf(ctx, store, part), part.bytes, sample, on_sample, on_row));
}

Status ReadProvenRows(const OpContext& ctx, store::ObjectStore& store,
                      const model::PartRecord& part, const columnar::OnRow& on_row) {
  return JudgeReadBack(store, part,
                       columnar::ReadPartRows(ctx, RangesOf(ctx, store, part), part.bytes, on_row));
}

Status ProveCopiedPart(const RunContext& run, const ArchiveRecord& record, JournalPart& part) {
  PGATTIC_RETURN_IF_ERROR(CheckHead(run, record, part));
  PartSidecars sidecars(part.record);
  const columnar::SampleOptions none{0, false, false};
  PGATTIC_RETURN_IF_ERROR(ReadBackPart(
      run.ctx, run.store, part.record, none, [](const columnar::Row&) { return Status::Ok(); },
      [&](const columnar::RowView& row) { return sidecars.Add(row); }));
  return sidecars.Write(run, part);
}

Status ProveParts(const RunContext& run, ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(const model::TableSchema schema,
                           catalog::LoadColumns(run.ctx, run.connection, record.relation.oid,
                                                run.source.id_column, record.text_columns));
  PGATTIC_ASSIGN_OR_RETURN(std::vector<JournalPart> parts, LiveParts(run, record));
  const std::string proven =
      std::to_string(parts.size()) + " parts read back, digest and samples equal";
  PGATTIC_ASSIGN_OR_RETURN(catalog::ErasureList erased,
                           catalog::LoadErasures(run.ctx, run.connection, run.source.id));
  PartsProof proof(run, record, schema, std::move(erased));
  Status status = proof.Run(std::move(parts));
  if (proof.refuted()) {
    return Judge(run, record, proof.refuted()->part, std::move(proof.refuted()->why));
  }
  PGATTIC_RETURN_IF_ERROR(std::move(status));
  PGATTIC_FAILPOINT("verified.before");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(run.journal.Advance(run.ctx, record, model::Event::kProven, proven));
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("verified.after");
  return Status::Ok();
}

}  // namespace pgattic::archive
