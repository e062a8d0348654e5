#include "archive/missing_rows.h"

#include "archive/part_load.h"
#include "archive/shrink_check.h"
#include "base/failpoint.h"
#include "catalog/attach.h"
#include "catalog/swap.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;

constexpr std::size_t kIdsABatch = 1000;
constexpr std::chrono::milliseconds kLockTimeout{2000};

class MissingIds {
 public:
  MissingIds(const RunContext& run, const catalog::RelationRef& relation, const WantsRow& wants)
      : run_(run), relation_(relation), wants_(wants) {}

  Status Add(const std::string& id) {
    if (!wants_(id)) return Status::Ok();
    batch_.push_back(id);
    return batch_.size() < kIdsABatch ? Status::Ok() : LookUp();
  }
  Status LookUp() {
    if (batch_.empty()) return Status::Ok();
    PGATTIC_ASSIGN_OR_RETURN(
        const std::vector<std::string> missing,
        catalog::MissingIds(run_.ctx, run_.connection, run_.source, relation_, batch_));
    ids_.insert(missing.begin(), missing.end());
    batch_.clear();
    return Status::Ok();
  }
  std::set<std::string>& ids() { return ids_; }

 private:
  const RunContext& run_;
  const catalog::RelationRef& relation_;
  const WantsRow& wants_;
  std::vector<std::string> batch_;
  std::set<std::string> ids_;
};

}  // namespace

Result<std::set<std::string>> IdsMissingIn(const RunContext& run,
                                           const catalog::RelationRef& relation,
                                           const std::vector<JournalPart>& parts) {
  PGATTIC_ASSIGN_OR_RETURN(const WantsRow wants, NotErased(run));
  MissingIds missing(run, relation, wants);
  for (const JournalPart& part : parts) {
    PGATTIC_RETURN_IF_ERROR(
        ForEachId(run, part, [&](const std::string& id) { return missing.Add(id); }));
  }
  PGATTIC_RETURN_IF_ERROR(missing.LookUp());
  return std::move(missing.ids());
}

Result<std::int64_t> PutBackRows(const RunContext& run, ArchiveRecord& record,
                                 const catalog::RelationRef& relation,
                                 const std::vector<JournalPart>& parts,
                                 const std::set<std::string>& ids) {
  if (ids.empty()) return 0;
  PGATTIC_ASSIGN_OR_RETURN(const columnar::LoadTarget target,
                           LoadTargetOf(run, relation.oid, parts));
  const WantsRow wants = [&](const std::string& id) { return ids.contains(id); };
  const std::function<void(std::int64_t, std::int64_t)> on_rows = [](std::int64_t, std::int64_t) {};
  const PartLoad load{run, relation.name, target, wants, on_rows};
  // One transaction: an id that two parts hold is missing once.
  PGATTIC_FAILPOINT("reconcile.before_rows");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(run.journal.Touch(run.ctx, record,
                                            std::to_string(ids.size()) +
                                                " ids that only the bucket had come back into " +
                                                relation.name.Plain()));
  PGATTIC_RETURN_IF_ERROR(catalog::ActAsOwner(run.ctx, run.connection, run.source));
  PGATTIC_RETURN_IF_ERROR(
      catalog::LockRelation(run.ctx, run.connection, relation.name, "ROW EXCLUSIVE", kLockTimeout));
  std::int64_t rows = 0;
  for (const JournalPart& part : parts) {
    PGATTIC_ASSIGN_OR_RETURN(const RowDigest digest, load.Load(run.connection, part));
    rows += digest.rows;
  }
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("reconcile.after_rows");
  return rows;
}

}  // namespace pgattic::archive
