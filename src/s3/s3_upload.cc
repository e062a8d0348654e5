#include "s3/s3_upload.h"

#include <algorithm>

#include "base/log.h"
#include "s3/s3_error.h"
#include "s3/s3_xml.h"

namespace pgattic::s3 {
namespace {

using store::ObjectInfo;

constexpr int kMostParts = 10000;  // S3: "Multipart upload limits".
// A destructor has no context; nobody waits longer for a store that hangs.
constexpr std::chrono::milliseconds kPartPatience{5000};
constexpr std::chrono::milliseconds kAbortPatience{10000};

}  // namespace

S3Upload::S3Upload(S3Bucket& bucket, std::string key, store::WriteOptions options)
    : bucket_(bucket),
      key_(std::move(key)),
      options_(std::move(options)),
      part_size_(static_cast<std::size_t>(bucket.options().part_size_bytes)) {}

S3Upload::~S3Upload() {
  if (!upload_id_.empty()) Abort();
}

Status S3Upload::Write(const OpContext& ctx, ByteView bytes) {
  if (failed_.ok()) failed_ = Append(ctx, bytes);
  return failed_.Clone();
}

Result<ObjectInfo> S3Upload::Complete(const OpContext& ctx) {
  if (!failed_.ok()) return failed_.Clone();
  Result<ObjectInfo> info = Finish(ctx);
  if (info.ok()) {
    upload_id_.clear();
    failed_ = Status(Code::kInvalidArgument, bucket_.What(key_, "this upload is complete already"));
  } else {
    failed_ = info.status();
  }
  return info;
}

Status S3Upload::Append(const OpContext& ctx, ByteView bytes) {
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  written_ += static_cast<std::int64_t>(bytes.size());
  while (!bytes.empty()) {
    if (buffer_.size() == part_size_) PGATTIC_RETURN_IF_ERROR(SendPart(ctx));
    if (buffer_.capacity() < part_size_) {
      // Small objects never pay for a whole part, large ones not for growing.
      const std::size_t wanted = buffer_.size() + bytes.size();
      const std::size_t grown = std::max(wanted, 2 * buffer_.capacity());
      buffer_.reserve(upload_id_.empty() ? std::min(part_size_, grown) : part_size_);
    }
    const std::size_t taken = std::min(bytes.size(), part_size_ - buffer_.size());
    buffer_.append(AsText(bytes.first(taken)));
    bytes = bytes.subspan(taken);
  }
  return Status::Ok();
}

Status S3Upload::Begin(const OpContext& ctx) {
  S3Request request{.operation = "CreateMultipartUpload",
                    .method = "POST",
                    .path = bucket_.location().ObjectPath(key_, {{"uploads", ""}}),
                    .headers = bucket_.AttributeHeaders(options_)};
  if (bucket_.options().checksums) {
    request.headers.emplace_back("x-amz-checksum-algorithm", "CRC64NVME");
    request.headers.emplace_back("x-amz-checksum-type", "FULL_OBJECT");
  }
  const std::string what = bucket_.What(key_, "the upload cannot be begun");
  PGATTIC_ASSIGN_OR_RETURN(const S3Reply reply, bucket_.Send(ctx, std::move(request), what));
  upload_id_ = XmlText(reply.body, "UploadId");
  if (upload_id_.empty()) {
    return {Code::kInternal,
            what + ": the store gave no upload id; is this an S3 server?",
            {"s3", "MissingUploadId"}};
  }
  return Status::Ok();
}

Status S3Upload::SendPart(const OpContext& ctx) {
  if (upload_id_.empty()) PGATTIC_RETURN_IF_ERROR(Begin(ctx));
  const int number = static_cast<int>(parts_.size() + under_way_.size()) + 1;
  if (number > kMostParts) {
    return {Code::kFailedPrecondition,
            bucket_.What(key_, "S3 takes 10000 parts at most; raise s3.part_size")};
  }
  if (static_cast<int>(under_way_.size()) >= bucket_.options().parts_in_flight) {
    PGATTIC_RETURN_IF_ERROR(AwaitOldestPart(ctx));
  }
  const Query query{{"partNumber", std::to_string(number)}, {"uploadId", upload_id_}};
  S3Request request{.operation = "UploadPart",
                    .method = "PUT",
                    .path = bucket_.location().ObjectPath(key_, query),
                    .body = std::exchange(buffer_, std::string()),
                    .add_checksum = bucket_.options().checksums};
  under_way_.push_back({number, bucket_.client().Start(std::move(request))});
  return Status::Ok();
}

Status S3Upload::AwaitOldestPart(const OpContext& ctx) {
  PartCall& oldest = under_way_.front();
  PGATTIC_ASSIGN_OR_RETURN(const S3Reply reply, bucket_.client().Await(ctx, *oldest.call));
  if (!reply.ok()) {
    const std::string deed = "part " + std::to_string(oldest.number) + " not written";
    Status failure = bucket_.Failure(reply, bucket_.What(key_, deed));
    under_way_.pop_front();
    if (failure.error().origin.code != "NoSuchUpload") return failure;
    return {Code::kConflict,
            bucket_.What(key_, "the upload was aborted by somebody else; start it again"),
            failure.error().origin};
  }
  parts_.push_back({oldest.number, reply.Header("etag"), reply.Header("x-amz-checksum-crc64nvme")});
  under_way_.pop_front();
  return Status::Ok();
}

Result<ObjectInfo> S3Upload::Finish(const OpContext& ctx) {
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  if (upload_id_.empty()) {
    return bucket_.PutObject(ctx, key_, std::move(buffer_), options_);
  }
  if (!buffer_.empty()) PGATTIC_RETURN_IF_ERROR(SendPart(ctx));
  while (!under_way_.empty()) PGATTIC_RETURN_IF_ERROR(AwaitOldestPart(ctx));
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  S3Request request{.operation = "CompleteMultipartUpload",
                    .method = "POST",
                    .path = bucket_.location().ObjectPath(key_, {{"uploadId", upload_id_}}),
                    .headers = S3Bucket::ConditionHeaders(options_),
                    .body = CompletionBody()};
  request.headers.emplace_back("Content-Type", "application/xml");
  if (bucket_.options().checksums) {
    request.headers.emplace_back("x-amz-checksum-type", "FULL_OBJECT");
  }
  const std::shared_ptr<S3Call> call = bucket_.client().Start(std::move(request));
  return bucket_.Settle(ctx, *call, key_, written_, options_);
}

std::string S3Upload::CompletionBody() const {
  std::string xml = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (const Part& part : parts_) {
    xml += "<Part><PartNumber>" + std::to_string(part.number) + "</PartNumber><ETag>" +
           XmlEscape(part.etag) + "</ETag>";
    if (!part.crc64nvme.empty()) {
      xml += "<ChecksumCRC64NVME>" + XmlEscape(part.crc64nvme) + "</ChecksumCRC64NVME>";
    }
    xml += "</Part>";
  }
  return xml + "</CompleteMultipartUpload>";
}

void S3Upload::Abort() {
  // A part that arrives after the abort would stay, so let those under way end first.
  const OpContext parts = OpContext().WithDeadline(kPartPatience);
  for (const PartCall& part : under_way_) {
    if (!bucket_.client().Await(parts, *part.call).ok()) break;
  }
  const OpContext ctx = OpContext().WithDeadline(kAbortPatience);
  const Status aborted = bucket_.AbortUpload(ctx, key_, upload_id_);
  if (!aborted.ok()) {
    log::Write(log::Level::kWarn, "upload-not-aborted", {{"why", aborted.ToString()}});
  }
}

}  // namespace pgattic::s3
