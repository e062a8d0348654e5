#include "archive/part_export.h"

#include "base/failpoint.h"
#include "base/hash.h"
#include "columnar/part_reader.h"

namespace pgattic::archive {
namespace {

/// Hands the file's bytes to the upload, and hashes them as they were sent.
class UploadSink final : public columnar::ByteSink {
 public:
  UploadSink(const OpContext& ctx, store::Upload& upload) : ctx_(ctx), upload_(upload) {}
  Status Write(ByteView bytes) override {
    PGATTIC_FAILPOINT("part.in_upload");
    sha256_.Update(bytes);
    return upload_.Write(ctx_, bytes);
  }
  std::string HexDigest() { return sha256_.HexDigest(); }

 private:
  const OpContext& ctx_;
  store::Upload& upload_;
  Sha256 sha256_;
};

/// Settles a lost reply: the object is ours when it carries our nonce.
Result<store::ObjectInfo> CompleteOrFind(const OpContext& ctx, store::ObjectStore& store,
                                         store::Upload& upload, const catalog::JournalPart& part) {
  Result<store::ObjectInfo> completed = upload.Complete(ctx);
  if (completed.ok() || (!completed.Is(Code::kInDoubt) && !completed.Is(Code::kAlreadyExists))) {
    return completed;
  }
  PGATTIC_ASSIGN_OR_RETURN(store::ObjectInfo found, store.Head(ctx, part.record.key, ""));
  if (CarriesNonce(found, part.nonce)) return found;
  return {Code::kConflict, store.Describe() + "/" + part.record.key +
                               " was written by somebody else; nothing was changed. Is this "
                               "prefix shared with another database?"};
}

void FillIn(const columnar::PartSummary& summary, const store::ObjectInfo& object,
            catalog::JournalPart& part) {
  model::PartRecord& record = part.record;
  record.rows = summary.digest.rows;
  record.digest = summary.digest;
  record.raw_bytes = summary.raw_bytes;
  record.bytes = summary.file_bytes;
  record.footer_bytes = summary.footer_bytes;
  record.min_id = summary.min_id;
  record.max_id = summary.max_id;
  record.etag = object.etag;
  record.version_id = object.version_id;
  record.crc64nvme = object.crc64nvme;
  part.fingerprint_sum = summary.fingerprint_sum;
  part.state = catalog::PartState::kUploaded;
}

}  // namespace

/// Who makes a part obsolete then ends its uploads: one that began later sees it here.
Result<std::unique_ptr<store::Upload>> PartExport::StartUpload(
    pg::Connection& connection, const catalog::JournalPart& part) const {
  store::WriteOptions write;
  write.if_absent = true;
  write.user_metadata = {{kNonceKey, part.nonce}};
  write.content_type = "application/vnd.apache.parquet";
  PGATTIC_FAILPOINT("part.before_upload");
  PGATTIC_ASSIGN_OR_RETURN(auto upload, store.StartUpload(ctx, part.record.key, write));
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
    on_rows(writer->rows() - before, static_cast<std::int64_t>(data.size()));
    return Status::Ok();
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
