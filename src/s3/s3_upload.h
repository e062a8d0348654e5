// S3Upload: a multipart upload of unknown length with a bounded number of parts under way.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "s3/s3_bucket.h"
#include "store/object_store.h"

namespace pgattic::s3 {

/// See Upload. Holds at most parts_in_flight + 1 buffers of part_size_bytes. What fits into
/// one part becomes one PutObject; else the upload is begun at the first full part, and the
/// destructor aborts it. REQUIRES: the bucket outlives the upload.
class S3Upload final : public store::Upload {
 public:
  S3Upload(S3Bucket& bucket, std::string key, store::WriteOptions options);
  ~S3Upload() override;

  Status Write(const OpContext& ctx, ByteView bytes) override;
  Result<store::ObjectInfo> Complete(const OpContext& ctx) override;

 private:
  struct Part {
    int number = 0;
    std::string etag;
    std::string crc64nvme;
  };
  struct PartCall {
    int number = 0;
    std::shared_ptr<S3Call> call;
  };

  Status Append(const OpContext& ctx, ByteView bytes);
  Status Begin(const OpContext& ctx);
  Status SendPart(const OpContext& ctx);
  Status AwaitOldestPart(const OpContext& ctx);
  Result<store::ObjectInfo> Finish(const OpContext& ctx);
  std::string CompletionBody() const;
  void Abort();

  S3Bucket& bucket_;
  const std::string key_;
  const store::WriteOptions options_;
  const std::size_t part_size_;
  std::string buffer_;
  std::string upload_id_;  // Empty: nothing to abort.
  std::deque<PartCall> under_way_;
  std::vector<Part> parts_;
  std::int64_t written_ = 0;
  Status failed_;
};

}  // namespace pgattic::s3
