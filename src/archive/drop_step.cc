#include "archive/copy_step.h"
#include "archive/object_check.h"
#include "archive/swap_step.h"
#include "base/failpoint.h"
#include "catalog/swap.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;

constexpr std::chrono::milliseconds kDropLockTimeout{2000};

Status NotDropped(const std::string& what) {
  return {Code::kFailedPrecondition,
          what +
              "; nothing was dropped. `pgattic rollback` attaches the table again, with all "
              "that is in it"};
}

/// The detached table is the one that was swapped, with the rows and columns it had then.
Status CheckTable(const RunContext& run, const ArchiveRecord& record) {
  const std::string name = record.relation.name.Plain();
  PGATTIC_ASSIGN_OR_RETURN(const std::uint32_t oid,
                           catalog::FindRelation(run.ctx, run.connection, record.relation.name));
  if (oid != record.relation.oid) {
    return NotDropped(name + " is no longer the table that was detached");
  }
  PGATTIC_ASSIGN_OR_RETURN(const std::uint32_t parent,
                           catalog::ParentOf(run.ctx, run.connection, oid));
  if (parent != 0) return NotDropped(name + " was attached again by hand");
  PGATTIC_ASSIGN_OR_RETURN(const catalog::Fingerprint rows,
                           catalog::TakeFingerprint(run.ctx, run.connection, record.relation));
  if (rows != record.fingerprint) {
    return NotDropped("somebody wrote to " + name + " by name after the swap: it has " +
                      std::to_string(rows.rows) + " rows, archived were " +
                      std::to_string(record.fingerprint->rows) +
                      ", and its fingerprint is another");
  }
  PGATTIC_ASSIGN_OR_RETURN(const std::string schema,
                           catalog::SchemaFingerprint(run.ctx, run.connection, oid));
  if (schema != record.schema_fingerprint) {
    return NotDropped("the columns of " + name + " changed after the swap");
  }
  return Status::Ok();
}

/// The bucket holds what was published: every row of the table, and the metadata.
Status CheckBucket(const RunContext& run, const ArchiveRecord& record) {
  Result<std::int64_t> rows = CheckObjects(run, record);
  if (rows.Is(Code::kNotFound) || rows.Is(Code::kFailedPrecondition)) {
    return NotDropped(rows.error().message);
  }
  if (!rows.ok()) return std::move(rows).status();
  if (*rows != record.fingerprint->rows) {
    return NotDropped("the published parts hold " + std::to_string(*rows) + " rows, the table " +
                      std::to_string(record.fingerprint->rows));
  }
  const std::string key = run.KeysOf(record).Metadata();
  const std::string where = run.store.Describe() + "/" + key;
  Result<store::ObjectInfo> metadata = run.store.Head(run.ctx, key, "");
  if (!metadata.ok()) {
    PGATTIC_RETURN_IF_ERROR(IsMissing(run, record, std::move(metadata).status()).status());
    return NotDropped(where + ", without which the archive does not exist, is gone");
  }
  if (metadata->etag == record.metadata_etag) return Status::Ok();
  return NotDropped(where + " is not the metadata that was published");
}

/// The second store, where there is one, holds the same.
Status CheckSecond(const RunContext& run, const ArchiveRecord& record) {
  Status copies = CheckCopies(run, record);
  if (copies.Is(Code::kNotFound) || copies.Is(Code::kFailedPrecondition)) {
    return NotDropped("the copy: " + copies.error().message);
  }
  return std::move(copies).While("looking at the copy before the drop");
}

}  // namespace

Result<bool> IsDropDue(const RunContext& run, const ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult due,
      run.connection.Exec(run.ctx, "SELECT clock_timestamp() >= $1::timestamptz",
                          {record.drop_after}));
  return due.Bool(0, 0);
}

Status Drop(const RunContext& run, ArchiveRecord& record) {
  // Somebody may have set a status back since the mark.
  PGATTIC_RETURN_IF_ERROR(MarkStatuses(run, record));
  // The bucket is asked before the lock is taken: none is held across a network.
  PGATTIC_RETURN_IF_ERROR(CheckBucket(run, record));
  PGATTIC_RETURN_IF_ERROR(CheckSecond(run, record));
  PGATTIC_FAILPOINT("drop.before_begin");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(run.journal.Advance(run.ctx, record, model::Event::kDropped,
                                              record.relation.name.Plain() + " dropped"));
  PGATTIC_RETURN_IF_ERROR(catalog::ActAsOwner(run.ctx, run.connection, run.source));
  PGATTIC_RETURN_IF_ERROR(catalog::LockRelation(run.ctx, run.connection, record.relation.name,
                                                "ACCESS EXCLUSIVE", kDropLockTimeout));
  PGATTIC_RETURN_IF_ERROR(CheckTable(run, record));
  PGATTIC_FAILPOINT("drop.before_drop");
  PGATTIC_RETURN_IF_ERROR(catalog::DropRelation(run.ctx, run.connection, record.relation.name));
  PGATTIC_FAILPOINT("drop.before_commit");
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("drop.after_commit");
  return Status::Ok();
}

}  // namespace pgattic::archive
