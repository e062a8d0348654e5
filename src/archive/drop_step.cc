#include "archive/swap_step.h"
#include "base/failpoint.h"
#include "catalog/swap.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;

constexpr std::chrono::milliseconds kDropLockTimeout{2000};

Status NotDropped(const std::string& what) {
  return {Code::kFailedPrecondition,
          what + "; nothing was dropped. `pgattic rollback` attaches the table again"};
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

Status CheckObject(const RunContext& run, const model::PartRecord& part,
                   const std::string& version) {
  const std::string where = run.store.Describe() + "/" + part.key;
  Result<store::ObjectInfo> head = run.store.Head(run.ctx, part.key, version);
  if (head.Is(Code::kNotFound)) return NotDropped(where + " is gone");
  if (!head.ok()) return std::move(head).status().While("looking at " + where);
  if (head->size_bytes != part.bytes || head->etag != part.etag ||
      (!part.crc64nvme.empty() && !head->crc64nvme.empty() && head->crc64nvme != part.crc64nvme)) {
    return NotDropped(where + " is not the object that was proven");
  }
  if (!head->expiration.empty()) {
    return NotDropped("a lifecycle rule of the bucket will delete " + where + " (" +
                      head->expiration + ")");
  }
  if (head->storage_class == "GLACIER" || head->storage_class == "DEEP_ARCHIVE") {
    return NotDropped(where + " lies in " + head->storage_class +
                      ", where it cannot be read at once");
  }
  return Status::Ok();
}

Status CheckObjects(const RunContext& run, const ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<JournalPart> parts,
                           run.journal.Parts(run.ctx, record.id));
  std::int64_t rows = 0;
  for (const JournalPart& part : parts) {
    if (!part.published || part.state != catalog::PartState::kVerified) continue;
    PGATTIC_RETURN_IF_ERROR(CheckObject(run, part.record, ""));
    if (!part.record.version_id.empty()) {
      PGATTIC_RETURN_IF_ERROR(CheckObject(run, part.record, part.record.version_id));
    }
    if (part.record.round == record.state.round) rows += part.record.rows;
  }
  if (rows != record.fingerprint->rows) {
    return NotDropped("the published parts hold " + std::to_string(rows) + " rows, the table " +
                      std::to_string(record.fingerprint->rows));
  }
  PGATTIC_ASSIGN_OR_RETURN(const store::ObjectInfo metadata,
                           run.store.Head(run.ctx, run.KeysOf(record).Metadata(), ""));
  if (metadata.etag == record.metadata_etag) return Status::Ok();
  return NotDropped(run.store.Describe() + "/" + run.KeysOf(record).Metadata() +
                    " is not the metadata that was published");
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
  PGATTIC_ASSIGN_OR_RETURN(const bool is_due, IsDropDue(run, record));
  if (!is_due) {
    return {Code::kDeferred, record.relation.name.Plain() + " may be dropped after " +
                                 record.drop_after +
                                 "; until then `pgattic rollback` "
                                 "brings it back"};
  }
  // The bucket is asked before the lock is taken: none is held across a network.
  PGATTIC_RETURN_IF_ERROR(CheckObjects(run, record));
  PGATTIC_FAILPOINT("drop.before_begin");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_RETURN_IF_ERROR(catalog::RequireDurableCommit(run.ctx, run.connection));
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
