#include "archive/rebuild_step.h"

#include <algorithm>

#include "archive/evidence.h"
#include "archive/part_crew.h"
#include "archive/part_load.h"
#include "base/failpoint.h"
#include "catalog/erasures.h"
#include "catalog/swap.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;
using catalog::JournalPart;
using model::Phase;

constexpr std::string_view kMetadataEnd = "_partition_metadata.json";

/// One archive of the bucket.
struct Found {
  model::Metadata metadata;
  store::ObjectInfo object;
  std::string checksums_etag;
  std::vector<JournalPart> parts;
};

Result<Found> ReadFound(const RunContext& run, const std::string& key) {
  Found found;
  PGATTIC_ASSIGN_OR_RETURN(found.object, run.store.Head(run.ctx, key, ""));
  store::ReadOptions options;
  options.if_match = found.object.etag;
  PGATTIC_ASSIGN_OR_RETURN(const std::string text, run.store.Get(run.ctx, key, options));
  PGATTIC_ASSIGN_OR_RETURN(found.metadata, model::ParseMetadata(text));
  const model::ObjectKeys keys(found.metadata.source, found.metadata.bounds,
                               run.source_options.is_games);
  if (!(found.metadata.source == run.source.id) || keys.Metadata() != key) {
    return {Code::kFailedPrecondition, run.store.Describe() + "/" + key + " is of " +
                                           found.metadata.source.Name() + " of database " +
                                           found.metadata.source.database + "; it was left out"};
  }
  PGATTIC_ASSIGN_OR_RETURN(const store::ObjectInfo checksums,
                           run.store.Head(run.ctx, keys.Checksums(), ""));
  found.checksums_etag = checksums.etag;
  PGATTIC_ASSIGN_OR_RETURN(found.parts, PartsOfMetadata(run, found.metadata));
  return found;
}

int LastRound(const std::vector<JournalPart>& parts) {
  int round = 1;
  for (const JournalPart& part : parts) round = std::max(round, part.record.round);
  return round;
}

ArchiveRecord RecordOf(const RunContext& run, const Found& found) {
  const model::Metadata& metadata = found.metadata;
  ArchiveRecord record;
  record.source = metadata.source;
  record.partition = metadata.partition_name;
  record.bounds = metadata.bounds;
  record.state = {Phase::kArchived, metadata.revision, metadata.generation, metadata.attempt,
                  LastRound(found.parts)};
  for (const JournalPart& part : found.parts) {
    record.next_part = std::max(record.next_part, part.record.number + 1);
    record.state.attempt = std::max(record.state.attempt, part.record.attempt);
  }
  const auto nonce = found.object.user_metadata.find(kNonceKey);
  if (nonce != found.object.user_metadata.end()) record.nonce = nonce->second;
  const int round = record.state.round;
  record.relation.name = {
      metadata.source.schema,
      round == 1 ? record.partition : catalog::LateName(record.partition, round - 1)};
  record.relation_bytes = metadata.former_relation_bytes;
  for (const model::Column& column : metadata.columns) {
    const bool is_text = column.transport == model::Transport::kText;
    if (is_text && model::TransportOf(column.type) != model::Transport::kText) {
      record.text_columns.push_back(column.name);
    }
  }
  record.system_identifier = run.server.system_identifier;
  record.timeline = run.server.timeline;
  record.metadata_etag = found.object.etag;
  record.checksums_etag = found.checksums_etag;
  return record;
}

/// The table of the last round stands aside: is it that of the parts?
Status ProveAside(const RunContext& run, const Found& found, ArchiveRecord& record) {
  RowDigest expected;
  for (const JournalPart& part : found.parts) {
    if (part.record.round == record.state.round) expected.Add(part.record.digest);
  }
  PGATTIC_ASSIGN_OR_RETURN(const model::TableSchema schema,
                           catalog::LoadColumns(run.ctx, run.connection, record.relation.oid,
                                                run.source.id_column, record.text_columns));
  columnar::LoadTarget whole;
  whole.loaded = schema.columns;
  for (const model::Column& column : schema.columns) whole.compared.push_back(column.name);
  PGATTIC_ASSIGN_OR_RETURN(const TableContents contents,
                           ReadTableInCrew(run, record.relation, whole, WorkerCount(run.options)));
  if (!(contents.digest == expected)) {
    return {Code::kFailedPrecondition,
            record.relation.name.Plain() +
                " stands aside and holds other rows than the parts; no row was made. Attach it "
                "again, or drop it if the parts are right, then run it again"};
  }
  record.fingerprint = contents.fingerprint;
  PGATTIC_ASSIGN_OR_RETURN(
      record.schema_fingerprint,
      catalog::SchemaFingerprint(run.ctx, run.connection, record.relation.oid));
  PGATTIC_ASSIGN_OR_RETURN(
      const pg::QueryResult due,
      run.connection.Exec(run.ctx, "SELECT (clock_timestamp() + make_interval(secs => $1))::text",
                          {std::to_string(run.source_options.grace.count())}));
  record.drop_after = due.Text(0, 0);
  return Status::Ok();
}

/// What the catalog says of the last round's table.
Status FindPhase(const RunContext& run, const Found& found, ArchiveRecord& record) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<catalog::Partition> partitions,
                           catalog::ListPartitions(run.ctx, run.connection, run.source));
  const auto attached = std::find_if(
      partitions.begin(), partitions.end(),
      [&](const catalog::Partition& partition) { return partition.bounds == record.bounds; });
  PGATTIC_ASSIGN_OR_RETURN(const std::uint32_t oid,
                           catalog::FindRelation(run.ctx, run.connection, record.relation.name));
  const bool is_attached = attached != partitions.end() && attached->oid == oid;
  if (oid != 0 && is_attached) {
    record.state.phase = Phase::kPlanned;
    record.relation.oid = oid;
    record.text_columns.clear();
    return Status::Ok();
  }
  if (attached != partitions.end()) record.late_name = attached->name.name;
  if (oid == 0) return Status::Ok();
  record.state.phase = Phase::kDetached;
  record.relation.oid = oid;
  return ProveAside(run, found, record);
}

/// OK when the journal's row says what the metadata does.
Status CompareWithRow(const RunContext& run, const ArchiveRecord& row, const Found& found) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<JournalPart> parts,
                           run.journal.Parts(run.ctx, row.id));
  std::vector<model::PartRecord> published;
  for (const JournalPart& part : parts) {
    if (part.published) published.push_back(part.record);
  }
  model::Metadata journals = found.metadata;
  journals.parts = published;
  journals.generation = row.state.generation;
  const auto nonce = found.object.user_metadata.find(kNonceKey);
  const bool is_same =
      model::SerializeMetadata(journals) == model::SerializeMetadata(found.metadata) &&
      nonce != found.object.user_metadata.end() && nonce->second == row.nonce;
  if (is_same) return Status::Ok();
  return {Code::kFailedPrecondition,
          "the journal has another row of it: generation " + std::to_string(row.state.generation) +
              ", the bucket generation " + std::to_string(found.metadata.generation) +
              "; nothing was changed. `pgattic reconcile` says what differs"};
}

Status Insert(const RunContext& run, const Found& found, ArchiveRecord& record) {
  PGATTIC_RETURN_IF_ERROR(FindPhase(run, found, record));
  PGATTIC_FAILPOINT("rebuild.before_record");
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(run.ctx, run.connection));
  PGATTIC_ASSIGN_OR_RETURN(const ArchiveRecord made,
                           run.journal.Insert(run.ctx, record,
                                              "rebuilt from the bucket, generation " +
                                                  std::to_string(found.metadata.generation)));
  for (JournalPart part : found.parts) {
    const bool is_settled =
        part.record.round < made.state.round || model::IsSwapped(made.state.phase);
    if (!is_settled) part.state = catalog::PartState::kObsolete;
    PGATTIC_RETURN_IF_ERROR(run.journal.InsertPart(run.ctx, made.id, part));
  }
  if (!found.metadata.erased.empty()) {
    PGATTIC_RETURN_IF_ERROR(
        catalog::AdoptErasures(run.ctx, run.connection, made, found.metadata.erased, /*rows=*/0));
  }
  PGATTIC_RETURN_IF_ERROR(transaction->Commit(run.ctx));
  PGATTIC_FAILPOINT("rebuild.after_record");
  return Status::Ok();
}

Rebuilt RebuildOne(const RunContext& run, const std::vector<ArchiveRecord>& rows,
                   const std::string& key) {
  Rebuilt rebuilt;
  rebuilt.key = key;
  Result<Found> found = ReadFound(run, key);
  if (!found.ok()) {
    rebuilt.status = std::move(found).status();
    return rebuilt;
  }
  ArchiveRecord record = RecordOf(run, *found);
  rebuilt.partition = record.partition;
  rebuilt.parts = static_cast<int>(found->parts.size());
  rebuilt.rows = found->metadata.rows();
  rebuilt.erased = static_cast<int>(found->metadata.erased.size());
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const ArchiveRecord& known) {
    return known.source == record.source && known.bounds.from_us == record.bounds.from_us &&
           known.bounds.to_us == record.bounds.to_us;
  });
  if (row != rows.end()) {
    rebuilt.phase = model::PhaseName(row->state.phase);
    rebuilt.status = CompareWithRow(run, *row, *found);
    return rebuilt;
  }
  rebuilt.status = Insert(run, *found, record);
  rebuilt.is_made = rebuilt.status.ok();
  rebuilt.phase = rebuilt.is_made ? model::PhaseName(record.state.phase) : "";
  return rebuilt;
}

}  // namespace

Result<std::vector<Rebuilt>> Rebuild(const RunContext& run) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<ArchiveRecord> rows, run.journal.List(run.ctx));
  const std::string prefix =
      model::ObjectKeys(run.source.id, {}, run.source_options.is_games).Prefix() + "partitions/";
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<std::string> keys, run.store.List(run.ctx, prefix));
  std::vector<Rebuilt> all;
  for (const std::string& key : keys) {
    if (!key.ends_with(kMetadataEnd)) continue;
    PGATTIC_RETURN_IF_ERROR(run.ctx.Check());
    all.push_back(RebuildOne(run, rows, key));
  }
  return all;
}

}  // namespace pgattic::archive
