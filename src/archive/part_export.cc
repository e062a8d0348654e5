#include "archive/part_export.h"

#include "archive/upload_sink.h"
#include "base/failpoint.h"
#include "columnar/part_reader.h"

namespace pgattic::archive {
/// Who makes a part obsolete then ends its uploads: one that began later sees it here.
Result<std::unique_ptr<store::Upload>> PartExport::StartUpload(
    pg::Connection& connection, const catalog::JournalPart& part) const {
  PGATTIC_FAILPOINT("part.before_upload");
  PGATTIC_ASSIGN_OR_RETURN(auto upload,
                           store.StartUpload(ctx, part.record.key, PartWriteOptions(part)));
  PGATTIC_ASSIGN_OR_RETURN(
      const bool is_wanted,
      catalog::Journal(connection).IsToBeWritten(ctx, record.id, part.record.number));
  if (is_wanted) return upload;
  return {Code::kConflict, "another process moved the archive of " + record.partition +
                               " on meanwhile; " + part.record.key +
                               " was not written. The next run goes on from where it stands"};
}

Status PartExport::Run(pg::Connection& connection, catalog::JournalPart& part) const {
  PGATTIC_ASSIGN_OR_RETURN(auto transaction, pg::Transaction::Begin(ctx, connection));
  PGATTIC_RETURN_IF_ERROR(catalog::LockForReading(ctx, connection, record.relation));
  PGATTIC_ASSIGN_OR_RETURN(const std::string schema_now,
                           catalog::SchemaFingerprint(ctx, connection, record.relation.oid));
  if (schema_now != record.schema_fingerprint) {
    return {Code::kFailedPrecondition,
            "the schema of " + record.relation.name.Plain() + " changed during the export"};
  }
  PGATTIC_ASSIGN_OR_RETURN(auto upload, StartUpload(connection, part));
  UploadSink sink(ctx, *upload);
  const std::map<std::string, std::string> file_metadata = {
      {"pgattic.source", record.source.Name()},
      {"pgattic.database", record.source.database},
      {columnar::kPartitionColumnKey, source.partition_column},
      {"pgattic.bounds", "[" + record.bounds.from + ", " + record.bounds.to + ")"},
      {"pgattic.generation", std::to_string(record.state.generation + 1)},
      {"pgattic.attempt", std::to_string(part.record.attempt)}};
  PGATTIC_ASSIGN_OR_RETURN(auto writer,
                           columnar::PartWriter::Make(schema, options, file_metadata, sink));
  const auto append = [&](ByteView data) {
    const std::int64_t before = writer->rows();
    PGATTIC_RETURN_IF_ERROR(writer->Append(data));
    return on_rows(writer->rows() - before, static_cast<std::int64_t>(data.size()));
  };
  PGATTIC_RETURN_IF_ERROR(
      catalog::CopyRange(ctx, connection, {source, record.relation, schema, part.range}, append)
          .While("exporting " + part.record.key));
  PGATTIC_ASSIGN_OR_RETURN(const columnar::PartSummary summary, writer->Finish());
  transaction->Rollback();
  PGATTIC_FAILPOINT("part.before_complete");
  PGATTIC_ASSIGN_OR_RETURN(const store::ObjectInfo object,
                           CompleteOrFind(ctx, store, *upload, part));
  PGATTIC_FAILPOINT("part.after_complete");
  FillIn(summary, object, part);
  part.record.sha256 = sink.HexDigest();
  return Status::Ok();
}

}  // namespace pgattic::archive
