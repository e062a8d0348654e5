#include "archive/scrub_step.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include "archive/copy_step.h"
#include "archive/guard.h"
#include "archive/object_copy.h"
#include "archive/publish_step.h"
#include "archive/replacement.h"
#include "archive/verify_step.h"
#include "base/failpoint.h"
#include "catalog/copies.h"
#include "catalog/proofs.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;

constexpr std::string_view kErrorBegins = "scrub: ";

/// The object is wrong, or gone; anything else says nothing of it.
bool IsDamage(const Status& status) {
  return status.Is(Code::kCorruption) || status.Is(Code::kNotFound) || status.Is(Code::kConflict);
}

/// A part as its copy is to be read.
model::PartRecord CopyOf(const model::PartRecord& part, const catalog::PartCopy& copy) {
  model::PartRecord there = part;
  there.etag = copy.etag;
  there.version_id = copy.version_id;
  there.filter_etag = copy.filter_etag;
  there.narrow.reset();  // Is made again from the part.
  return there;
}

/// Parts of one archive that are to be read. A plain value.
struct ArchiveParts {
  std::int64_t archive_id = 0;
  std::vector<int> numbers;
};

/// What the budget allows, the oldest proof first, by archive: each is opened once.
std::vector<ArchiveParts> Choose(const std::vector<catalog::OldProof>& proofs, std::int64_t stores,
                                 std::int64_t budget, ScrubReport& report) {
  std::vector<ArchiveParts> chosen;
  std::int64_t bytes = 0;
  for (const catalog::OldProof& proof : proofs) {
    const std::int64_t cost = stores * proof.bytes;
    if (budget >= 0 && bytes + cost > budget) {
      ++report.parts_left;
      continue;
    }
    bytes += cost;
    const auto known = std::find_if(chosen.begin(), chosen.end(), [&](const ArchiveParts& archive) {
      return archive.archive_id == proof.archive_id;
    });
    ArchiveParts& archive =
        known == chosen.end() ? chosen.emplace_back(ArchiveParts{proof.archive_id, {}}) : *known;
    archive.numbers.push_back(proof.number);
  }
  return chosen;
}

/// One archive under scrub.
class ArchiveScrub {
 public:
  ArchiveScrub(const RunContext& run, ArchiveRecord& record, ScrubReport& report)
      : run_(run), record_(record), report_(report) {}

  /// Part `number`, in both stores.
  Status CheckPart(int number);
  Status CheckSidecars();

 private:
  /// Part, filter, narrow object. Errors that say nothing of the object are returned as they are.
  Status Look(store::ObjectStore& store, const model::PartRecord& part);
  Status Find(const std::string& key, bool is_copy, Status problem, Status repair);
  Status ReplaceFrom(store::ObjectStore& good, const model::PartRecord& there,
                     const JournalPart& part);
  Status MendPart(const JournalPart& part, const std::optional<catalog::PartCopy>& copy,
                  bool is_part_good, bool is_copy_good);
  Status MendCopy(const JournalPart& part);
  /// Conflict when it carries another nonce: a store that another installation uses too.
  Status DeleteCopyObject(const std::string& key, const std::string& nonce);
  Status MendCopiedSidecar(const std::string& key);
  Status Publish();
  Status CheckCopiedSidecars();

  const RunContext& run_;
  ArchiveRecord& record_;
  ScrubReport& report_;
  std::int64_t read_ = 0;  ///< Bytes of the part at hand.
};

Status ArchiveScrub::Look(store::ObjectStore& store, const model::PartRecord& part) {
  ++report_.parts;
  report_.bytes += part.bytes;
  read_ += part.bytes;
  PGATTIC_RETURN_IF_ERROR(VerifyPart(run_.ctx, store, part));
  if (!part.filter_etag.empty()) PGATTIC_RETURN_IF_ERROR(VerifyFilter(run_.ctx, store, part));
  return part.narrow ? VerifyNarrow(run_.ctx, store, part) : Status::Ok();
}

Status ArchiveScrub::Find(const std::string& key, bool is_copy, Status problem, Status repair) {
  report_.findings.push_back(
      {record_.partition, key, is_copy, std::move(problem), std::move(repair)});
  const ScrubFinding& finding = report_.findings.back();
  if (finding.repair.ok()) return Status::Ok();
  return run_.journal.NoteError(
      run_.ctx, record_.id,
      std::string(kErrorBegins) + finding.problem.ToString() + "; " + finding.repair.ToString());
}

/// The same bytes under a new key, as the next generation.
Status ArchiveScrub::ReplaceFrom(store::ObjectStore& good, const model::PartRecord& there,
                                 const JournalPart& part) {
  PGATTIC_ASSIGN_OR_RETURN(std::vector<Replacement> replacements,
                           BeginReplacement(run_, record_, {part}));
  Replacement& replacement = replacements.front();
  const JournalPart begun = replacement.next;
  JournalPart& next = replacement.next;
  const ObjectIdentity identity{there.bytes, there.sha256, begun.nonce,
                                "application/vnd.apache.parquet"};
  PGATTIC_ASSIGN_OR_RETURN(const store::ObjectInfo written,
                           CopyObject(run_.ctx, {good, there.key, there.etag, there.version_id},
                                      identity, run_.store, begun.record.key));
  next.record = part.record;
  next.record.number = begun.record.number;
  next.record.attempt = begun.record.attempt;
  next.record.key = begun.record.key;
  next.record.filter_key = begun.record.filter_key;
  next.record.filter_etag.clear();
  next.record.narrow.reset();
  next.record.etag = written.etag;
  next.record.version_id = written.version_id;
  next.record.crc64nvme = written.crc64nvme;
  PGATTIC_RETURN_IF_ERROR(ProveReplacement(run_, record_, replacement));
  PGATTIC_RETURN_IF_ERROR(
      FinishReplacement(run_, record_, replacements, part.record.key + " was damaged"));
  return CopyArchive(run_, record_);
}

Status ArchiveScrub::MendPart(const JournalPart& part, const std::optional<catalog::PartCopy>& copy,
                              bool is_part_good, bool is_copy_good) {
  // What lies beside it is not.
  if (is_part_good) return ReplaceFrom(run_.store, part.record, part);
  if (copy && is_copy_good) return ReplaceFrom(*run_.copy, CopyOf(part.record, *copy), part);
  return {Code::kFailedPrecondition,
          run_.copy == nullptr
              ? "there is no second store (copy.url) to mend it from; nothing was changed. Put "
                "the object back from a version or a backup of the bucket"
              : "the copy is no better; nothing was changed. Put the object back from a version or "
                "a backup of either bucket"};
}

Status ArchiveScrub::DeleteCopyObject(const std::string& key, const std::string& nonce) {
  if (key.empty()) return Status::Ok();
  const Result<store::ObjectInfo> found = run_.copy->Head(run_.ctx, key, "");
  if (found.Is(Code::kNotFound)) return Status::Ok();
  if (!found.ok()) return found.status();
  if (IsOfAnother(*found, nonce)) return WrittenByAnother(*run_.copy, key);
  return run_.copy->Delete(run_.ctx, key, {found->version_id, found->etag});
}

/// The same bytes under the same key: a copy has the key of what it is a copy of.
Status ArchiveScrub::MendCopy(const JournalPart& part) {
  PGATTIC_FAILPOINT("scrub.before_copy_delete");
  PGATTIC_RETURN_IF_ERROR(DeleteCopyObject(part.record.key, part.nonce));
  PGATTIC_RETURN_IF_ERROR(DeleteCopyObject(part.record.filter_key, part.nonce));
  PGATTIC_FAILPOINT("scrub.after_copy_delete");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run_.ctx, run_.connection));
  PGATTIC_RETURN_IF_ERROR(run_.journal.Touch(run_.ctx, record_, "a damaged copy is made again"));
  PGATTIC_RETURN_IF_ERROR(
      catalog::ForgetPartCopy(run_.ctx, run_.connection, record_.id, part.record.number));
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run_.ctx));
  return CopyArchive(run_, record_);
}

Status ArchiveScrub::CheckPart(int number) {
  read_ = 0;
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<JournalPart> parts,
                           run_.journal.Parts(run_.ctx, record_.id));
  const auto part = std::find_if(parts.begin(), parts.end(), [&](const JournalPart& one) {
    return one.record.number == number && one.published;
  });
  if (part == parts.end()) return Status::Ok();  // Replaced meanwhile.
  std::optional<catalog::PartCopy> copy;
  if (run_.copy != nullptr) {
    PGATTIC_ASSIGN_OR_RETURN(const auto copies,
                             catalog::LoadPartCopies(run_.ctx, run_.connection, record_.id));
    if (const auto found = copies.find(number); found != copies.end()) copy = found->second;
  }
  Status first = Look(run_.store, part->record);
  if (!first.ok() && !IsDamage(first)) return first;
  Status second = copy ? Look(*run_.copy, CopyOf(part->record, *copy)) : Status::Ok();
  if (!second.ok() && !IsDamage(second)) return second;
  if (first.ok() && second.ok()) {
    return catalog::NoteProof(run_.ctx, run_.connection, record_.id, number, read_);
  }
  // In the journal first: should the process end here, the alert fires all the same.
  PGATTIC_RETURN_IF_ERROR(catalog::NoteDamage(run_.ctx, run_.connection, record_.id, number,
                                              (first.ok() ? second : first).ToString(), read_));
  PGATTIC_FAILPOINT("scrub.after_note");
  Status repair;
  if (!first.ok()) {
    const bool is_part_good = VerifyPart(run_.ctx, run_.store, part->record).ok();
    repair = MendPart(*part, copy, is_part_good, second.ok());
  } else {
    repair = MendCopy(*part);
    if (repair.ok()) {
      PGATTIC_RETURN_IF_ERROR(
          catalog::NoteProof(run_.ctx, run_.connection, record_.id, number, read_));
    }
  }
  const bool is_copy = first.ok();
  return Find(part->record.key, is_copy, is_copy ? std::move(second) : std::move(first),
              std::move(repair));
}

Status ArchiveScrub::Publish() {
  PGATTIC_RETURN_IF_ERROR(PublishAgain(run_, record_));
  return CopyArchive(run_, record_);
}

Status ArchiveScrub::MendCopiedSidecar(const std::string& key) {
  PGATTIC_RETURN_IF_ERROR(DeleteCopyObject(key, record_.nonce));
  PGATTIC_RETURN_IF_ERROR(catalog::ForgetArchiveCopy(run_.ctx, run_.connection, record_.id));
  return CopyArchive(run_, record_);
}

/// Those of the second store are what the first has.
Status ArchiveScrub::CheckCopiedSidecars() {
  if (run_.copy == nullptr) return Status::Ok();
  PGATTIC_ASSIGN_OR_RETURN(const catalog::ArchiveCopy copy,
                           catalog::LoadArchiveCopy(run_.ctx, run_.connection, record_.id));
  if (copy.generation != record_.state.generation) return Status::Ok();
  const model::ObjectKeys keys = run_.KeysOf(record_);
  for (const std::string& key : {keys.Checksums(), keys.Metadata()}) {
    PGATTIC_ASSIGN_OR_RETURN(const std::string first, run_.store.Get(run_.ctx, key, {}));
    const Result<std::string> second = run_.copy->Get(run_.ctx, key, {});
    if (second.ok() && *second == first) continue;
    if (!second.ok() && !IsDamage(second.status())) return second.status();
    Status problem = second.ok() ? Status(Code::kCorruption, run_.copy->Describe() + "/" + key +
                                                                 " is not the copy that was made")
                                 : second.status();
    return Find(key, true, std::move(problem), MendCopiedSidecar(key));
  }
  return Status::Ok();
}

Status ArchiveScrub::CheckSidecars() {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<JournalPart> parts,
                           run_.journal.Parts(run_.ctx, record_.id));
  std::vector<Verdict> verdicts =
      VerifySidecars(run_.ctx, run_.store, run_.KeysOf(record_), record_, parts);
  for (Verdict& verdict : verdicts) {
    if (verdict.status.ok()) continue;
    if (!IsDamage(verdict.status)) return std::move(verdict.status);
    // One new generation mends all of them.
    Status repair = Publish();
    PGATTIC_RETURN_IF_ERROR(Find(verdict.key, false, std::move(verdict.status), std::move(repair)));
    break;
  }
  PGATTIC_RETURN_IF_ERROR(CheckCopiedSidecars());
  const bool had_error = record_.error && record_.error->starts_with(kErrorBegins);
  const bool is_well =
      std::none_of(report_.findings.begin(), report_.findings.end(), [&](const auto& finding) {
        return finding.partition == record_.partition && !finding.repair.ok();
      });
  PGATTIC_ASSIGN_OR_RETURN(const bool has_damage,
                           catalog::HasDamage(run_.ctx, run_.connection, record_.id));
  if (!had_error || !is_well || has_damage) return Status::Ok();
  return run_.journal.NoteError(run_.ctx, record_.id, std::nullopt);
}

/// Runs `work` on an archive that nobody else is at work on; leaves any other for the next scrub.
Status WithArchive(const RunContext& run, std::int64_t id,
                   const std::function<Status(ArchiveRecord&)>& work) {
  PGATTIC_ASSIGN_OR_RETURN(const bool leads, run.journal.TryLead(run.ctx, id));
  if (!leads) return Status::Ok();
  Result<ArchiveRecord> record = run.journal.Load(run.ctx, id);
  Status done = record.ok() ? Status::Ok() : record.status();
  if (done.ok()) done = CheckNotAhead(run, *record);
  if (done.ok() && IsAtRest(*record)) {
    // First what a killed run left.
    done = Tidy(run, *record);
    if (done.ok()) done = work(*record);
  }
  if (run.connection.usable()) {
    PGATTIC_RETURN_IF_ERROR(run.journal.StopLeading(run.ctx, id));
  }
  return done;
}

}  // namespace

Status Scrub(const RunContext& run, std::int64_t budget, ScrubReport& report) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<catalog::OldProof> proofs,
                           catalog::OldestProofs(run.ctx, run.connection, run.source.id));
  const std::int64_t before = report.bytes;
  Progress progress{run.source.id.table, "scrub", 0, 0, 0};
  for (const ArchiveParts& archive : Choose(proofs, run.copy == nullptr ? 1 : 2, budget, report)) {
    const auto work = [&](ArchiveRecord& record) -> Status {
      ArchiveScrub scrub(run, record, report);
      for (const int number : archive.numbers) {
        PGATTIC_RETURN_IF_ERROR(run.ctx.Check());
        PGATTIC_RETURN_IF_ERROR(scrub.CheckPart(number));
        progress.bytes_done = report.bytes - before;
        if (run.on_progress) run.on_progress(progress);
      }
      return scrub.CheckSidecars();
    };
    PGATTIC_RETURN_IF_ERROR(WithArchive(run, archive.archive_id, work));
  }
  return Status::Ok();
}

}  // namespace pgattic::archive
