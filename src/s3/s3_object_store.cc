#include "s3/s3_object_store.h"

#include <algorithm>

#include "s3/aws_region.h"
#include "s3/s3_error.h"
#include "s3/s3_upload.h"
#include "s3/s3_xml.h"
#include "store/key_rules.h"

namespace pgattic::s3 {
namespace {

using store::ByteRange;
using store::DeleteOptions;
using store::ObjectInfo;
using store::ReadOptions;
using store::WriteOptions;

Status CheckCall(const OpContext& ctx, const std::string& key) {
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  return store::ValidateKey(key);
}

// A server that ignores Range answers 200 with everything.
Result<std::string> CutToRange(S3Reply reply, const ByteRange& range, const std::string& what) {
  if (reply.status == 200) {
    const auto offset = static_cast<std::size_t>(range.offset);
    if (offset >= reply.body.size()) return std::string();
    return reply.body.substr(offset, static_cast<std::size_t>(range.length));
  }
  const std::string expected = "bytes " + std::to_string(range.offset) + "-";
  if (static_cast<std::int64_t>(reply.body.size()) > range.length ||
      !reply.Header("content-range").starts_with(expected)) {
    return {Code::kCorruption,
            what + ": the store sent another range than the one asked for",
            {"s3", "InvalidRange"}};
  }
  return std::move(reply.body);
}

std::string DecodedText(std::string_view xml, std::string_view name, bool is_encoded) {
  std::string text = XmlText(xml, name);
  return is_encoded ? PercentDecode(text) : text;
}

}  // namespace

Result<std::unique_ptr<store::ObjectStore>> S3ObjectStore::Open(const S3Options& options) {
  PGATTIC_RETURN_IF_ERROR(options.Validate());
  S3Options whole = options;
  if (whole.region.empty()) whole.region = DefaultRegion();
  PGATTIC_ASSIGN_OR_RETURN(std::unique_ptr<S3Client> client, S3Client::Open(whole));
  return std::unique_ptr<store::ObjectStore>(new S3ObjectStore(whole, std::move(client)));
}

Result<ObjectInfo> S3ObjectStore::Put(const OpContext& ctx, const std::string& key, ByteView bytes,
                                      const WriteOptions& options) {
  PGATTIC_RETURN_IF_ERROR(CheckCall(ctx, key));
  PGATTIC_RETURN_IF_ERROR(store::ValidateWrite(options));
  return bucket_.PutObject(ctx, key, std::string(AsText(bytes)), options);
}

Result<std::unique_ptr<store::Upload>> S3ObjectStore::StartUpload(const OpContext& ctx,
                                                                  const std::string& key,
                                                                  const WriteOptions& options) {
  PGATTIC_RETURN_IF_ERROR(CheckCall(ctx, key));
  PGATTIC_RETURN_IF_ERROR(store::ValidateWrite(options));
  return std::unique_ptr<store::Upload>(std::make_unique<S3Upload>(bucket_, key, options));
}

Result<std::string> S3ObjectStore::Get(const OpContext& ctx, const std::string& key,
                                       const ReadOptions& options) {
  PGATTIC_RETURN_IF_ERROR(CheckCall(ctx, key));
  PGATTIC_RETURN_IF_ERROR(store::ValidateRead(options));
  Query query;
  if (!options.version_id.empty()) query.emplace_back("versionId", options.version_id);
  S3Request request{
      .operation = "GetObject", .method = "GET", .path = bucket_.location().ObjectPath(key, query)};
  if (options.if_match) request.headers.emplace_back("If-Match", *options.if_match);
  if (options.range) {
    request.headers.emplace_back(
        "Range", "bytes=" + std::to_string(options.range->offset) + "-" +
                     std::to_string(options.range->offset + options.range->length - 1));
  } else {
    request.check_checksum = bucket_.options().checksums;
  }
  const std::string what = bucket_.What(key, "cannot be read");
  Result<S3Reply> reply = bucket_.Send(ctx, std::move(request), what);
  if (!reply.ok()) {
    const std::string& code = reply.error().origin.code;
    const bool is_past_end = code == "InvalidRange" || code == "416";
    if (is_past_end && options.range) return std::string();
    return std::move(reply).status();
  }
  if (options.range) return CutToRange(std::move(*reply), *options.range, what);
  return std::move(reply->body);
}

Result<ObjectInfo> S3ObjectStore::Head(const OpContext& ctx, const std::string& key,
                                       const std::string& version_id) {
  PGATTIC_RETURN_IF_ERROR(CheckCall(ctx, key));
  return bucket_.Head(ctx, key, version_id);
}

Status S3ObjectStore::Delete(const OpContext& ctx, const std::string& key,
                             const DeleteOptions& options) {
  PGATTIC_RETURN_IF_ERROR(CheckCall(ctx, key));
  PGATTIC_RETURN_IF_ERROR(store::ValidateDelete(options));
  S3Request request{.operation = "DeleteObject", .method = "DELETE"};
  if (!options.version_id.empty()) {
    request.path = bucket_.location().ObjectPath(key, {{"versionId", options.version_id}});
  } else {
    const Result<ObjectInfo> current = bucket_.Head(ctx, key, "");
    if (current.Is(Code::kNotFound)) return Status::Ok();
    if (!current.ok() && !current.Is(Code::kPermissionDenied)) return current.status();
    if (current.ok() && current->etag != options.if_match) {
      return {Code::kConflict,
              bucket_.What(key,
                           "is another object than the one to delete; "
                           "nothing was deleted"),
              {"s3", "PreconditionFailed"}};
    }
    request.path = bucket_.location().ObjectPath(key, {});
    request.headers.emplace_back("If-Match", options.if_match);
  }
  Status status = bucket_.Send(ctx, std::move(request), bucket_.What(key, "not deleted")).status();
  if (status.Is(Code::kNotFound)) return Status::Ok();
  // So versitygw calls a version that is gone.
  if (!status.ok() && status.error().origin.code == "InvalidArgument" &&
      !options.version_id.empty() &&
      bucket_.Head(ctx, key, options.version_id).Is(Code::kNotFound)) {
    return Status::Ok();
  }
  return status;
}

Result<std::vector<std::string>> S3ObjectStore::List(const OpContext& ctx,
                                                     const std::string& prefix) {
  const std::string what = bucket_.What(prefix, "cannot be listed");
  std::vector<std::string> keys;
  std::string token;
  do {
    Query query{{"list-type", "2"},
                {"prefix", bucket_.location().FullKey(prefix)},
                {"encoding-type", "url"}};
    if (!token.empty()) query.emplace_back("continuation-token", token);
    S3Request request{.operation = "ListObjectsV2",
                      .method = "GET",
                      .path = bucket_.location().BucketPath(query)};
    PGATTIC_ASSIGN_OR_RETURN(const S3Reply reply, bucket_.Send(ctx, std::move(request), what));
    const bool is_encoded = XmlText(reply.body, "EncodingType") == "url";
    for (const std::string_view entry : XmlElements(reply.body, "Contents")) {
      keys.push_back(bucket_.location().KeyOf(DecodedText(entry, "Key", is_encoded)));
    }
    token = XmlText(reply.body, "NextContinuationToken");
  } while (!token.empty());
  std::ranges::sort(keys);  // Directory buckets do not sort.
  return keys;
}

Result<std::vector<S3ObjectStore::UploadName>> S3ObjectStore::FindUploads(
    const OpContext& ctx, const std::string& prefix) {
  const std::string what = bucket_.What(prefix, "its uploads cannot be listed");
  std::vector<UploadName> uploads;
  std::string key_marker;
  std::string id_marker;
  bool is_truncated = false;
  do {
    Query query{
        {"uploads", ""}, {"prefix", bucket_.location().FullKey(prefix)}, {"encoding-type", "url"}};
    if (!key_marker.empty()) query.emplace_back("key-marker", key_marker);
    if (!id_marker.empty()) query.emplace_back("upload-id-marker", id_marker);
    S3Request request{.operation = "ListMultipartUploads",
                      .method = "GET",
                      .path = bucket_.location().BucketPath(query)};
    PGATTIC_ASSIGN_OR_RETURN(const S3Reply reply, bucket_.Send(ctx, std::move(request), what));
    const bool is_encoded = XmlText(reply.body, "EncodingType") == "url";
    for (const std::string_view entry : XmlElements(reply.body, "Upload")) {
      uploads.push_back({bucket_.location().KeyOf(DecodedText(entry, "Key", is_encoded)),
                         XmlText(entry, "UploadId")});
    }
    is_truncated = XmlText(reply.body, "IsTruncated") == "true";
    key_marker = DecodedText(reply.body, "NextKeyMarker", is_encoded);
    id_marker = XmlText(reply.body, "NextUploadIdMarker");
  } while (is_truncated && !key_marker.empty());
  return uploads;
}

Result<std::vector<std::string>> S3ObjectStore::ListUploads(const OpContext& ctx,
                                                            const std::string& prefix) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<UploadName> uploads, FindUploads(ctx, prefix));
  std::vector<std::string> keys;
  for (const UploadName& upload : uploads) {
    if (upload.key.starts_with(prefix)) keys.push_back(upload.key);
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

Result<std::vector<std::string>> S3ObjectStore::ListVersions(const OpContext& ctx,
                                                             const std::string& key) {
  PGATTIC_RETURN_IF_ERROR(CheckCall(ctx, key));
  const std::string what = bucket_.What(key, "its versions cannot be listed");
  std::vector<std::string> ids;
  std::string key_marker;
  std::string id_marker;
  bool is_truncated = false;
  do {
    Query query{
        {"versions", ""}, {"prefix", bucket_.location().FullKey(key)}, {"encoding-type", "url"}};
    if (!key_marker.empty()) query.emplace_back("key-marker", key_marker);
    if (!id_marker.empty()) query.emplace_back("version-id-marker", id_marker);
    S3Request request{.operation = "ListObjectVersions",
                      .method = "GET",
                      .path = bucket_.location().BucketPath(query)};
    PGATTIC_ASSIGN_OR_RETURN(const S3Reply reply, bucket_.Send(ctx, std::move(request), what));
    const bool is_encoded = XmlText(reply.body, "EncodingType") == "url";
    for (const char* kind : {"Version", "DeleteMarker"}) {
      for (const std::string_view entry : XmlElements(reply.body, kind)) {
        const std::string full = DecodedText(entry, "Key", is_encoded);
        if (bucket_.location().KeyOf(full) == key) ids.push_back(XmlText(entry, "VersionId"));
      }
    }
    is_truncated = XmlText(reply.body, "IsTruncated") == "true";
    key_marker = DecodedText(reply.body, "NextKeyMarker", is_encoded);
    id_marker = XmlText(reply.body, "NextVersionIdMarker");
  } while (is_truncated && !key_marker.empty());
  return ids;
}

Status S3ObjectStore::AbortUploads(const OpContext& ctx, const std::string& key) {
  PGATTIC_RETURN_IF_ERROR(CheckCall(ctx, key));
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<UploadName> uploads, FindUploads(ctx, key));
  for (const UploadName& upload : uploads) {
    if (upload.key != key) continue;
    PGATTIC_RETURN_IF_ERROR(bucket_.AbortUpload(ctx, key, upload.id));
  }
  return Status::Ok();
}

}  // namespace pgattic::s3
