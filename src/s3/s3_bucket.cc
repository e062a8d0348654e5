#include "s3/s3_bucket.h"

#include <charconv>

#include "s3/s3_error.h"
#include "s3/s3_xml.h"

namespace pgattic::s3 {
namespace {

using store::ObjectInfo;
using store::WriteOptions;

constexpr std::string_view kMetadataPrefix = "x-amz-meta-";

std::int64_t NumberOf(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

bool IsPreconditionFailure(const Status& failure) {
  const std::string& code = failure.error().origin.code;
  return code == "PreconditionFailed" || code == "412";
}

}  // namespace

ObjectInfo InfoOf(const S3Reply& reply) {
  ObjectInfo info;
  info.size_bytes = NumberOf(reply.Header("content-length"));
  info.etag = reply.Header("etag");
  const std::string version = reply.Header("x-amz-version-id");
  if (version != "null") info.version_id = version;
  info.crc64nvme = reply.Header("x-amz-checksum-crc64nvme");
  info.storage_class = reply.Header("x-amz-storage-class");
  info.expiration = reply.Header("x-amz-expiration");
  for (const auto& [name, value] : reply.headers) {
    if (name.starts_with(kMetadataPrefix)) {
      info.user_metadata[name.substr(kMetadataPrefix.size())] = value;
    }
  }
  return info;
}

std::string S3Bucket::What(const std::string& key, const std::string& deed) const {
  return location().Describe() + ": " + key + ": " + deed;
}

Status S3Bucket::Failure(const S3Reply& reply, const std::string& what) const {
  return ErrorOf(reply, what, location().endpoint());
}

Result<S3Reply> S3Bucket::Send(const OpContext& ctx, S3Request request, const std::string& what) {
  PGATTIC_ASSIGN_OR_RETURN(S3Reply reply, client_->Send(ctx, std::move(request)));
  if (!reply.ok()) return Failure(reply, what);
  is_bucket_seen_ = true;
  return reply;
}

// HEAD answers 404 without saying whether the key or the whole bucket is missing.
Status S3Bucket::MissingOrNoBucket(const OpContext& ctx, const S3Reply& reply,
                                   const std::string& what) {
  if (!is_bucket_seen_) {
    S3Request bucket{
        .operation = "HeadBucket", .method = "HEAD", .path = location().BucketPath({})};
    PGATTIC_ASSIGN_OR_RETURN(const S3Reply seen, client_->Send(ctx, std::move(bucket)));
    if (seen.status == 404) {
      return {Code::kFailedPrecondition,
              location().Describe() +
                  ": the bucket does not exist, or the store does not know the access "
                  "key; make it, or correct archive.url or s3.access_key",
              {"s3", "NoSuchBucket"}};
    }
    // 403: the identity may not ask; then a key that is missing answers 403 as well.
    if (seen.status != 200 && seen.status != 403) return Failure(seen, what);
    is_bucket_seen_ = true;
  }
  return Failure(reply, what);
}

Result<ObjectInfo> S3Bucket::Head(const OpContext& ctx, const std::string& key,
                                  const std::string& version_id) {
  const std::string what = What(key, "not found or not readable");
  Query query;
  if (!version_id.empty()) query.emplace_back("versionId", version_id);
  S3Request request{
      .operation = "HeadObject", .method = "HEAD", .path = location().ObjectPath(key, query)};
  if (options_.checksums) request.headers.emplace_back("x-amz-checksum-mode", "ENABLED");
  PGATTIC_ASSIGN_OR_RETURN(const S3Reply reply, client_->Send(ctx, std::move(request)));
  if (reply.ok()) {
    is_bucket_seen_ = true;
    return InfoOf(reply);
  }
  // A delete marker that is named by its version answers 405.
  if (reply.Header("x-amz-delete-marker") == "true") {
    return {Code::kNotFound, What(key, "was deleted"), {"s3", "DeleteMarker"}};
  }
  if (reply.status == 404) return MissingOrNoBucket(ctx, reply, what);
  return Failure(reply, what);
}

Status S3Bucket::AbortUpload(const OpContext& ctx, const std::string& key,
                             const std::string& upload_id) {
  S3Request request{.operation = "AbortMultipartUpload",
                    .method = "DELETE",
                    .path = location().ObjectPath(key, {{"uploadId", upload_id}})};
  Result<S3Reply> reply = Send(ctx, std::move(request), What(key, "an upload stays unfinished"));
  if (reply.ok() || reply.Is(Code::kNotFound)) return Status::Ok();
  return std::move(reply).status();
}

Headers S3Bucket::AttributeHeaders(const WriteOptions& options) const {
  Headers headers{{"Content-Type", options.content_type}};
  for (const auto& [name, value] : options.user_metadata) {
    headers.emplace_back(std::string(kMetadataPrefix) + name, value);
  }
  if (!options_.storage_class.empty()) {
    headers.emplace_back("x-amz-storage-class", options_.storage_class);
  }
  if (!options_.sse_kms_key_id.empty()) {
    headers.emplace_back("x-amz-server-side-encryption", "aws:kms");
    headers.emplace_back("x-amz-server-side-encryption-aws-kms-key-id", options_.sse_kms_key_id);
  }
  std::string tags;
  for (const auto& [name, value] : options_.tags) {
    tags +=
        (tags.empty() ? "" : "&") + PercentEncode(name, false) + "=" + PercentEncode(value, false);
  }
  if (!tags.empty()) headers.emplace_back("x-amz-tagging", tags);
  return headers;
}

Headers S3Bucket::ConditionHeaders(const WriteOptions& options) {
  if (options.if_absent) return {{"If-None-Match", "*"}};
  if (options.if_match) return {{"If-Match", *options.if_match}};
  return {};
}

Result<ObjectInfo> S3Bucket::PutObject(const OpContext& ctx, const std::string& key,
                                       std::string body, const WriteOptions& options) {
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  const auto size = static_cast<std::int64_t>(body.size());
  S3Request request{.operation = "PutObject",
                    .method = "PUT",
                    .path = location().ObjectPath(key, {}),
                    .headers = AttributeHeaders(options),
                    .body = std::move(body),
                    .add_checksum = options_.checksums};
  for (auto& header : ConditionHeaders(options)) request.headers.push_back(std::move(header));
  const std::shared_ptr<S3Call> call = client_->Start(std::move(request));
  return Settle(ctx, *call, key, size, options);
}

Result<ObjectInfo> S3Bucket::Settle(const OpContext& ctx, S3Call& call, const std::string& key,
                                    std::int64_t size_bytes, const WriteOptions& options) {
  const Result<S3Reply> reply = client_->Await(ctx, call);
  if (reply.ok() && reply->ok()) {
    is_bucket_seen_ = true;
    ObjectInfo info = InfoOf(*reply);
    info.size_bytes = size_bytes;
    info.user_metadata = options.user_metadata;
    // CompleteMultipartUpload tells these in its body.
    if (info.etag.empty()) info.etag = XmlText(reply->body, "ETag");
    if (info.crc64nvme.empty()) info.crc64nvme = XmlText(reply->body, "ChecksumCRC64NVME");
    return info;
  }
  const std::string what = What(key, "not written");
  Status failure = reply.ok() ? Failure(*reply, what) : reply.status();
  const bool is_maybe_done = !reply.ok() || reply->is_effect_unknown;
  if (!is_maybe_done) return Refusal(options, std::move(failure), key);
  return LookForOurs(ctx, key, size_bytes, options, std::move(failure));
}

Result<ObjectInfo> S3Bucket::LookForOurs(const OpContext& ctx, const std::string& key,
                                         std::int64_t size_bytes, const WriteOptions& options,
                                         Status failure) {
  Result<ObjectInfo> there = Head(ctx, key, "");
  if (there.ok() && !options.user_metadata.empty() && there->size_bytes == size_bytes &&
      there->user_metadata == options.user_metadata) {
    return there;
  }
  // A later try was refused, and what is there is not ours: no try of ours was accepted.
  if (there.ok() && !options.user_metadata.empty() && IsPreconditionFailure(failure)) {
    return Refusal(options, std::move(failure), key);
  }
  Origin origin = failure.error().origin;
  return {Code::kInDoubt,
          What(key, "the reply to its writing was lost; look whether it is there (" +
                        failure.error().message + ")"),
          std::move(origin)};
}

// What a refused write is called depends on what it asked for.
Status S3Bucket::Refusal(const WriteOptions& options, Status failure,
                         const std::string& key) const {
  Origin origin = failure.error().origin;
  if (options.if_absent && IsPreconditionFailure(failure)) {
    return {Code::kAlreadyExists, What(key, "is there already; nothing was written"),
            std::move(origin)};
  }
  // S3 answers a PUT with If-Match for a missing key with 404.
  if (origin.code == "NoSuchUpload" || origin.code == "404" ||
      (options.if_match && failure.Is(Code::kNotFound))) {
    return {Code::kConflict,
            What(key, origin.code == "NoSuchUpload"
                          ? "the upload was aborted by somebody else; nothing was written, "
                            "start it again"
                          : "was changed by somebody else; nothing was written, read it again"),
            std::move(origin)};
  }
  return failure;
}

}  // namespace pgattic::s3
