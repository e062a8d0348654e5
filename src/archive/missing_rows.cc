#include "archive/missing_rows.h"

#include "archive/ids_in_table.h"
#include "archive/part_load.h"
#include "base/failpoint.h"
#include "catalog/swap.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;

constexpr std::chrono::milliseconds kLockTimeout{2000};

Status Altered(const catalog::RelationRef& relation) {
  const std::string table = relation.name.Quoted();
  return {Code::kFailedPrecondition,
          relation.name.Plain() +
              " does not take the rows as they were archived: a trigger changes them, or keeps "
              "them out. Nothing was changed. ALTER TABLE " +
              table +
              " DISABLE TRIGGER USER, repair again, then ENABLE it: `archive` would take what "
              "the trigger makes of them for the rows"};
}

}  // namespace

Result<MissingRows> RowsMissingIn(const RunContext& run, const catalog::RelationRef& relation,
                                  const std::vector<JournalPart>& parts) {
  PGATTIC_ASSIGN_OR_RETURN(WantsRow wants, NotErased(run));
  MissingRows missing;
  IdsInTable ids(run, relation, std::move(wants),
                 [&](const std::string& id, std::int64_t there) -> Status {
                   ++missing.rows;
                   (there == 0 ? missing.ids : missing.partly).insert(id);
                   return Status::Ok();
                 });
  for (const JournalPart& part : parts) PGATTIC_RETURN_IF_ERROR(ids.Add(part));
  return missing;
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
  RowDigest expected;
  for (const JournalPart& part : parts) {
    PGATTIC_ASSIGN_OR_RETURN(const RowDigest digest, load.Load(run.connection, part));
    expected.Add(digest);
  }
  PGATTIC_ASSIGN_OR_RETURN(const RowDigest found,
                           ReadWrittenRows(run, run.connection, relation, target));
  if (!(found == expected)) return Altered(relation);
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("reconcile.after_rows");
  return expected.rows;
}

}  // namespace pgattic::archive
