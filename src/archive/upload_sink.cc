#include "archive/upload_sink.h"

#include "archive/run_context.h"
#include "base/failpoint.h"

namespace pgattic::archive {

Status UploadSink::Write(ByteView bytes) {
  PGATTIC_FAILPOINT("part.in_upload");
  sha256_.Update(bytes);
  return upload_.Write(ctx_, bytes);
}

store::WriteOptions PartWriteOptions(const catalog::JournalPart& part) {
  store::WriteOptions write;
  write.if_absent = true;
  write.user_metadata = {{kNonceKey, part.nonce}};
  write.content_type = "application/vnd.apache.parquet";
  return write;
}

Result<store::ObjectInfo> CompleteOrFind(const OpContext& ctx, store::ObjectStore& store,
                                         store::Upload& upload, const catalog::JournalPart& part) {
  Result<store::ObjectInfo> completed = upload.Complete(ctx);
  if (completed.ok() || (!completed.Is(Code::kInDoubt) && !completed.Is(Code::kAlreadyExists))) {
    return completed;
  }
  PGATTIC_ASSIGN_OR_RETURN(store::ObjectInfo found, store.Head(ctx, part.record.key, ""));
  if (CarriesNonce(found, part.nonce)) return found;
  return WrittenByAnother(store, part.record.key);
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

}  // namespace pgattic::archive
