#include "archive/reconcile_step.h"

#include <algorithm>

#include "archive/erased_again.h"
#include "archive/missing_rows.h"
#include "archive/part_crew.h"
#include "archive/part_load.h"
#include "archive/publish_step.h"
#include "archive/reconciliation.h"
#include "archive/restore_step.h"
#include "archive/swap_step.h"
#include "base/failpoint.h"
#include "catalog/statuses.h"
#include "catalog/swap.h"

namespace pgattic::archive {

using catalog::ArchiveRecord;
using catalog::JournalPart;
using catalog::PartState;
using model::Phase;

namespace {

// Without leave to list, attempts of the time that was undone are unknown: theirs are left out.
constexpr int kUnlistedAttempts = 1000;

}  // namespace

/// The row that a recovery to before its registration took away.
Status Reconciliation::Enrol() {
  if (evidence_.record) return Status::Ok();
  ArchiveRecord planned;
  planned.source = run_.source.id;
  planned.partition = evidence_.metadata->partition_name;
  planned.bounds = evidence_.attached->bounds;
  planned.relation = {evidence_.attached->name, evidence_.attached->oid};
  planned.relation_bytes = evidence_.attached->bytes;
  planned.system_identifier = run_.server.system_identifier;
  planned.timeline = run_.server.timeline;
  PGATTIC_ASSIGN_OR_RETURN(record_, run_.journal.Register(run_.ctx, planned));
  evidence_.record = record_;
  // What lies there is of the row that was lost.
  evidence_.is_foreign = true;
  return Status::Ok();
}

Status Reconciliation::PutBack() {
  if (missing_.empty()) return Status::Ok();
  const catalog::RelationRef live{evidence_.attached->name, evidence_.attached->oid};
  return PutBackRows(run_, record_, live, loose_, missing_).status();
}

/// From the partition, and from the table that stands aside, if it is still the one.
Status Reconciliation::EraseUndone() {
  if (erased_.empty()) return Status::Ok();
  std::vector<catalog::RelationRef> tables;
  if (evidence_.attached) tables.push_back({evidence_.attached->name, evidence_.attached->oid});
  if (record_.state.phase == Phase::kDetached) {
    PGATTIC_ASSIGN_OR_RETURN(
        const std::uint32_t oid,
        catalog::FindRelation(run_.ctx, run_.connection, record_.relation.name));
    const bool is_known = oid == record_.relation.oid || evidence_.is_other_server;
    if (oid != 0 && is_known) tables.push_back({record_.relation.name, oid});
  }
  return EraseAgain(run_, record_, erased_, tables);
}

ArchiveRecord Reconciliation::After() const {
  ArchiveRecord after = record_;
  model::SeenInBucket seen;
  // Fingerprints are of the tuples of one server: on another, the round begins anew.
  seen.differs = evidence_.differs() || evidence_.is_other_server;
  seen.attempt = evidence_.highest_attempt + (evidence_.could_list ? 0 : kUnlistedAttempts);
  if (evidence_.metadata) {
    seen.generation = evidence_.metadata->generation;
    seen.revision = evidence_.metadata->revision;
    const auto nonce = evidence_.metadata_object.user_metadata.find(kNonceKey);
    if (nonce != evidence_.metadata_object.user_metadata.end()) after.nonce = nonce->second;
    after.metadata_etag = evidence_.metadata_object.etag;
    after.checksums_etag = evidence_.checksums_etag;
  } else if (evidence_.is_gone) {
    after.metadata_etag.clear();
    after.checksums_etag.clear();
  }
  after.state = model::AfterRecovery(record_.state, seen);
  after.next_part = evidence_.next_part + static_cast<int>(evidence_.orphans.size());
  after.system_identifier = run_.server.system_identifier;
  after.timeline = run_.server.timeline;
  if (seen.differs && after.state.phase == Phase::kPlanned) {
    after.fingerprint.reset();
    after.schema_fingerprint.clear();
    if (evidence_.attached) {
      after.relation = {evidence_.attached->name, evidence_.attached->oid};
    }
  }
  return after;
}

/// Parts that count stay; those whose rows are in the database are obsolete, yet published until
/// the next generation; what the metadata does not name was never published. A part that was still
/// to be written may be complete there, under the same number.
Status Reconciliation::RecordParts() {
  const auto has_number = [](const std::vector<JournalPart>& parts, const JournalPart& part) {
    return std::any_of(parts.begin(), parts.end(), [&](const JournalPart& other) {
      return other.record.number == part.record.number;
    });
  };
  for (JournalPart part : evidence_.parts) {
    if (has_number(evidence_.stored, part)) continue;
    part.state = PartState::kObsolete;
    part.published = false;
    PGATTIC_RETURN_IF_ERROR(run_.journal.UpdatePart(run_.ctx, record_.id, part));
  }
  for (JournalPart part : evidence_.stored) {
    if (Holds(evidence_.parts, part) && IsSettled(part)) continue;
    if (!IsSettled(part)) part.state = PartState::kObsolete;
    PGATTIC_RETURN_IF_ERROR(has_number(evidence_.parts, part)
                                ? run_.journal.UpdatePart(run_.ctx, record_.id, part)
                                : run_.journal.InsertPart(run_.ctx, record_.id, part));
  }
  return Status::Ok();
}

/// Obsolete parts, whose objects the next cleanup deletes.
Status Reconciliation::RecordOrphans() {
  int number = evidence_.next_part;
  for (JournalPart orphan : evidence_.orphans) {
    orphan.record.number = number++;
    orphan.record.round = record_.state.round;
    PGATTIC_RETURN_IF_ERROR(run_.journal.InsertPart(run_.ctx, record_.id, orphan));
  }
  return Status::Ok();
}

/// A server that was made anew is another owner of the prefix.
Status Reconciliation::ClaimOwner(store::ObjectStore& store) {
  if (!evidence_.is_other_server) return Status::Ok();
  const std::string key = evidence_.keys.Owner();
  Result<store::ObjectInfo> head = store.Head(run_.ctx, key, "");
  if (head.Is(Code::kNotFound)) return Status::Ok();
  if (!head.ok()) return std::move(head).status();
  store::ReadOptions read;
  read.if_match = head->etag;
  PGATTIC_ASSIGN_OR_RETURN(const std::string found, store.Get(run_.ctx, key, read));
  const std::string mine = model::SerializeOwner(record_.source, run_.server.system_identifier);
  if (found == mine) return Status::Ok();
  if (found != model::SerializeOwner(record_.source, record_.system_identifier)) {
    return {Code::kFailedPrecondition, store.Describe() + "/" + key +
                                           " says that the prefix is another source's; nothing "
                                           "was changed. Use another bucket or prefix"};
  }
  store::WriteOptions write;
  write.if_match = head->etag;
  write.content_type = "application/json";
  return store.Put(run_.ctx, key, AsBytes(mine), write).status();
}

/// On another server the tuples of the table that stands aside are others: it is compared by its
/// contents, and its fingerprint taken anew.
Status Reconciliation::ProveDetached(ArchiveRecord& after) {
  if (!evidence_.is_other_server || record_.state.phase != Phase::kDetached || evidence_.is_gone) {
    return Status::Ok();
  }
  RowDigest expected;
  for (const JournalPart& part : evidence_.stored) {
    if (part.record.round == record_.state.round) expected.Add(part.record.digest);
  }
  PGATTIC_ASSIGN_OR_RETURN(const std::uint32_t oid,
                           catalog::FindRelation(run_.ctx, run_.connection, record_.relation.name));
  after.relation.oid = oid;
  columnar::LoadTarget whole;
  PGATTIC_ASSIGN_OR_RETURN(const model::TableSchema schema,
                           catalog::LoadColumns(run_.ctx, run_.connection, oid,
                                                run_.source.id_column, record_.text_columns));
  whole.loaded = schema.columns;
  for (const model::Column& column : schema.columns) whole.compared.push_back(column.name);
  PGATTIC_ASSIGN_OR_RETURN(const TableContents found,
                           ReadTableInCrew(run_, after.relation, whole, WorkerCount(run_.options)));
  if (!(found.digest == expected)) {
    return {Code::kFailedPrecondition, record_.relation.name.Plain() +
                                           " holds other rows than its parts; nothing was "
                                           "changed. Attach it again by ALTER TABLE, or drop it if "
                                           "the parts are right; then run it again"};
  }
  after.fingerprint = found.fingerprint;
  PGATTIC_ASSIGN_OR_RETURN(after.schema_fingerprint,
                           catalog::SchemaFingerprint(run_.ctx, run_.connection, oid));
  return Status::Ok();
}

Status Reconciliation::Record() {
  ArchiveRecord after = After();
  PGATTIC_RETURN_IF_ERROR(ProveDetached(after));
  if (after.state.phase == Phase::kDetached) {
    PGATTIC_ASSIGN_OR_RETURN(
        const pg::QueryResult due,
        run_.connection.Exec(run_.ctx,
                             "SELECT (clock_timestamp() + make_interval(secs => $1))::text",
                             {std::to_string(run_.source_options.grace.count())}));
    after.drop_after = due.Text(0, 0);
  }
  std::string detail;
  for (const Difference& difference : differences_) {
    detail += (detail.empty() ? "" : "; ") + difference.what;
  }
  PGATTIC_FAILPOINT("reconcile.before_record");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run_.ctx, run_.connection));
  ArchiveRecord recorded = record_;
  PGATTIC_RETURN_IF_ERROR(run_.journal.Reconcile(run_.ctx, recorded, std::move(after), detail));
  // While its table stands aside, readers must not take rows whose objects are gone for absent.
  const bool waits_for_table = evidence_.is_gone && record_.state.phase == Phase::kDetached;
  if ((evidence_.differs() || evidence_.is_other_server) && !waits_for_table) {
    PGATTIC_RETURN_IF_ERROR(RecordParts());
  }
  PGATTIC_RETURN_IF_ERROR(RecordOrphans());
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run_.ctx));
  PGATTIC_FAILPOINT("reconcile.after_record");
  record_ = std::move(recorded);
  return Status::Ok();
}

Status Reconciliation::Unmark() {
  if (!has_marks_) return Status::Ok();
  PGATTIC_RETURN_IF_ERROR(PutBackStatuses(run_, record_));
  PGATTIC_FAILPOINT("reconcile.before_done");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run_.ctx, run_.connection));
  record_.marked_xid.clear();
  PGATTIC_RETURN_IF_ERROR(run_.journal.Touch(run_.ctx, record_, "statuses are put back"));
  catalog::GameStatuses statuses(run_.connection, run_.source, record_.relation);
  PGATTIC_RETURN_IF_ERROR(statuses.Forget(run_.ctx, record_.id, record_.state.round));
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run_.ctx));
  PGATTIC_FAILPOINT("reconcile.after_done");
  return Status::Ok();
}

Status Reconciliation::Repair() {
  const bool is_dropped = record_.state.phase == Phase::kArchived || record_.state.round > 1;
  if (evidence_.is_gone && is_dropped) {
    return {Code::kFailedPrecondition,
            "the bucket has no metadata of " + record_.partition +
                ", whose table is dropped: its rows are nowhere that pgattic knows. Nothing was "
                "changed. Restore the objects from versions or a copy of the bucket, or PostgreSQL "
                "to before the drop"};
  }
  PGATTIC_RETURN_IF_ERROR(Enrol());
  PGATTIC_RETURN_IF_ERROR(PutBack());
  PGATTIC_RETURN_IF_ERROR(EraseUndone());
  PGATTIC_RETURN_IF_ERROR(ClaimOwner(run_.store));
  if (run_.copy != nullptr) PGATTIC_RETURN_IF_ERROR(ClaimOwner(*run_.copy));
  if (!evidence_.is_whole()) PGATTIC_RETURN_IF_ERROR(Record());
  PGATTIC_RETURN_IF_ERROR(Unmark());
  if (evidence_.metadata && (evidence_.is_wal_behind || evidence_.differs())) {
    PGATTIC_RETURN_IF_ERROR(PublishRecovered(run_, record_, *evidence_.metadata));
  }
  if (evidence_.is_gone && record_.state.phase == Phase::kDetached) {
    return RollBack(run_, record_);
  }
  return Tidy(run_, record_);
}

namespace {

Status Lead(const RunContext& run, const ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(const bool leads, run.journal.TryLead(run.ctx, record.id));
  if (leads) return Status::Ok();
  return {Code::kDeferred,
          "another pgattic is at work on " + record.partition + "; nothing was changed"};
}

Status ReconcileOne(const RunContext& run, const ArchiveRecord* record,
                    const std::optional<catalog::Partition>& attached, bool repair,
                    Reconciled& found) {
  if (record != nullptr && repair) PGATTIC_RETURN_IF_ERROR(Lead(run, *record));
  PGATTIC_ASSIGN_OR_RETURN(Evidence evidence, GatherEvidence(run, record, attached));
  Reconciliation reconciliation(run, std::move(evidence));
  PGATTIC_ASSIGN_OR_RETURN(found.differences, reconciliation.Compare());
  if (!repair || found.differences.empty()) return Status::Ok();
  PGATTIC_RETURN_IF_ERROR(reconciliation.Repair());
  found.is_repaired = true;
  return Status::Ok();
}

}  // namespace

std::optional<Reconciled> Reconcile(const RunContext& run, const ArchiveRecord* record,
                                    const std::optional<catalog::Partition>& attached,
                                    bool repair) {
  Reconciled found;
  found.partition = record != nullptr ? record->partition : attached->name.name;
  found.status = ReconcileOne(run, record, attached, repair, found);
  if (record == nullptr && found.status.ok() && found.differences.empty()) return std::nullopt;
  if (record != nullptr) {
    const Result<ArchiveRecord> now = run.journal.Load(run.ctx, record->id);
    found.phase = model::PhaseName(now.ok() ? now->state.phase : record->state.phase);
  }
  return found;
}

}  // namespace pgattic::archive
