// S3ObjectStore: a bucket of S3, or of a server that speaks its API, as an archive.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "s3/s3_bucket.h"
#include "s3/s3_options.h"
#include "store/object_store.h"

namespace pgattic::s3 {

/// Each Get is one HTTP GET, each Put one PUT; the AWS runtime repeats what failed on the
/// way (S3Options::max_retries). Its threads are shared by all stores of the process.
/// Thread-safe. REQUIRES: uploads end before the store does.
///
/// Beside the errors of the port: AlreadyExists and Conflict are told only when the store
/// refused this very write; a write whose reply was lost is looked up by its user metadata
/// first, so give each write a nonce there.
class S3ObjectStore final : public store::ObjectStore {
 public:
  /// Makes the client; sends nothing. InvalidArgument: see S3Options::Validate.
  /// FailedPrecondition: TLS or its CA file cannot be used.
  static Result<std::unique_ptr<store::ObjectStore>> Open(const S3Options& options);

  Result<store::ObjectInfo> Put(const OpContext& ctx, const std::string& key, ByteView bytes,
                                const store::WriteOptions& options) override;
  Result<std::unique_ptr<store::Upload>> StartUpload(const OpContext& ctx, const std::string& key,
                                                     const store::WriteOptions& options) override;
  Result<std::string> Get(const OpContext& ctx, const std::string& key,
                          const store::ReadOptions& options) override;
  Result<store::ObjectInfo> Head(const OpContext& ctx, const std::string& key,
                                 const std::string& version_id) override;
  /// One DELETE by version id; by ETag a HEAD before it, since some servers ignore If-Match
  /// on DELETE.
  Status Delete(const OpContext& ctx, const std::string& key,
                const store::DeleteOptions& options) override;
  Result<std::vector<std::string>> List(const OpContext& ctx, const std::string& prefix) override;
  Result<std::vector<std::string>> ListUploads(const OpContext& ctx,
                                               const std::string& prefix) override;
  Result<std::vector<std::string>> ListVersions(const OpContext& ctx,
                                                const std::string& key) override;
  Status AbortUploads(const OpContext& ctx, const std::string& key) override;
  std::string Describe() const override { return bucket_.location().Describe(); }

 private:
  struct UploadName {
    std::string key;  // Without the prefix of the store.
    std::string id;
  };

  explicit S3ObjectStore(const S3Options& options, std::unique_ptr<S3Client> client)
      : bucket_(options, std::move(client)) {}
  Result<std::vector<UploadName>> FindUploads(const OpContext& ctx, const std::string& prefix);

  S3Bucket bucket_;
};

}  // namespace pgattic::s3
