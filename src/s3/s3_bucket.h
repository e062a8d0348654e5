// S3Bucket: the requests that both the store and its uploads make, and how a write whose
// reply was lost is settled.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "s3/s3_client.h"
#include "store/object_store.h"

namespace pgattic::s3 {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// One bucket seen through one client. Thread-safe.
class S3Bucket {
 public:
  S3Bucket(S3Options options, std::unique_ptr<S3Client> client)
      : options_(std::move(options)), client_(std::move(client)) {}

  const S3Options& options() const { return options_; }
  S3Client& client() { return *client_; }
  const S3Location& location() const { return client_->location(); }

  /// Returns "s3://bucket/prefix: key: deed" for messages.
  std::string What(const std::string& key, const std::string& deed) const;

  /// Sends; a failure becomes a Status that begins with `what`.
  Result<S3Reply> Send(const OpContext& ctx, S3Request request, const std::string& what);
  /// The failure of `reply` as a Status.
  Status Failure(const S3Reply& reply, const std::string& what) const;

  Result<store::ObjectInfo> Head(const OpContext& ctx, const std::string& key,
                                 const std::string& version_id);
  Result<store::ObjectInfo> PutObject(const OpContext& ctx, const std::string& key,
                                      std::string body, const store::WriteOptions& options);

  /// Ends an unfinished upload; one that is gone is no error.
  Status AbortUpload(const OpContext& ctx, const std::string& key, const std::string& upload_id);

  /// What a request that begins an object carries: content type, metadata, storage class,
  /// encryption, tags.
  Headers AttributeHeaders(const store::WriteOptions& options) const;
  static Headers ConditionHeaders(const store::WriteOptions& options);

  /// Awaits a request that makes `key` visible and says what came of it. When some try may
  /// have had its effect, HEADs the key: the object is ours when it has the size and all the
  /// user metadata that we sent. InDoubt when even that does not tell.
  Result<store::ObjectInfo> Settle(const OpContext& ctx, S3Call& call, const std::string& key,
                                   std::int64_t size_bytes, const store::WriteOptions& options);

 private:
  Result<store::ObjectInfo> LookForOurs(const OpContext& ctx, const std::string& key,
                                        std::int64_t size_bytes, const store::WriteOptions& options,
                                        Status failure);
  Status Refusal(const store::WriteOptions& options, Status failure, const std::string& key) const;
  Status MissingOrNoBucket(const OpContext& ctx, const S3Reply& reply, const std::string& what);

  const S3Options options_;
  std::unique_ptr<S3Client> client_;
  std::atomic<bool> is_bucket_seen_{false};  // Some request found it.
};

/// Reads what a reply's headers say of an object.
store::ObjectInfo InfoOf(const S3Reply& reply);

}  // namespace pgattic::s3
