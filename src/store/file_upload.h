// An upload into a folder: a hidden file that becomes the object by link() or rename().
#pragma once

#include <memory>
#include <string>

#include "store/file_folder.h"
#include "store/object_store.h"

namespace pgattic::store {

/// See Upload. Bytes go straight to the hidden file, whose write-back is begun every few MiB.
/// REQUIRES: the folder outlives the upload.
class FileUpload final : public Upload {
 public:
  static Result<std::unique_ptr<FileUpload>> Start(const FileFolder& folder, const std::string& key,
                                                   const WriteOptions& options);
  /// Removes the hidden files of `key` whose writers died. Those of living ones stay: each
  /// holds a lock on its file, on this machine.
  static Status RemoveDead(const OpContext& ctx, const FileFolder& folder, const std::string& key);
  ~FileUpload() override;

  Status Write(const OpContext& ctx, ByteView bytes) override;
  Result<ObjectInfo> Complete(const OpContext& ctx) override;

 private:
  FileUpload(const FileFolder& folder, std::string key, WriteOptions options, std::string temporary,
             UniqueFd file);
  Result<ObjectInfo> Finish(const OpContext& ctx);
  Status Seal(const std::string& other_etag);
  Result<ObjectInfo> SealedInfo() const;
  Status Place();
  Status AbortedElsewhere() const;

  const FileFolder& folder_;
  std::string key_;
  WriteOptions options_;
  std::string temporary_;  // Path of the hidden file; empty once there is none.
  UniqueFd file_;
  std::int64_t written_ = 0;
  std::int64_t flushed_ = 0;
  Status failed_;
};

}  // namespace pgattic::store
