// FileObjectStore: a local folder as an archive.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/file_folder.h"
#include "store/object_store.h"

namespace pgattic::store {

struct FileStoreOptions {
  std::string root;  ///< A folder that exists. Relative paths are taken from the process'.
  bool sync = true;  ///< False: a power cut may lose objects. For tests only.
};

/// Objects are plain files under the root, so that any engine reads them as they lie; the
/// layout is told in file_folder.h. Thread-safe, also between processes on one machine: every
/// change of a key is made under its lock, and if_absent is decided by link(). Has no
/// versions: a version id is Unsupported. Content types are not kept. The folder may be
/// read-only for a process that only reads. REQUIRES: uploads end before the store does.
class FileObjectStore final : public ObjectStore {
 public:
  /// Opens the folder. FailedPrecondition when it is not there or not a folder,
  /// PermissionDenied when it may not be entered. Makes nothing.
  static Result<std::unique_ptr<ObjectStore>> Open(const FileStoreOptions& options);

  Result<ObjectInfo> Put(const OpContext& ctx, const std::string& key, ByteView bytes,
                         const WriteOptions& options) override;
  Result<std::unique_ptr<Upload>> StartUpload(const OpContext& ctx, const std::string& key,
                                              const WriteOptions& options) override;
  Result<std::string> Get(const OpContext& ctx, const std::string& key,
                          const ReadOptions& options) override;
  Result<ObjectInfo> Head(const OpContext& ctx, const std::string& key,
                          const std::string& version_id) override;
  Status Delete(const OpContext& ctx, const std::string& key,
                const DeleteOptions& options) override;
  Result<std::vector<std::string>> List(const OpContext& ctx, const std::string& prefix) override;
  Result<std::vector<std::string>> ListUploads(const OpContext& ctx,
                                               const std::string& prefix) override;
  Result<std::vector<std::string>> ListVersions(const OpContext& ctx,
                                                const std::string& key) override;
  Status AbortUploads(const OpContext& ctx, const std::string& key) override;
  std::string Describe() const override;

 private:
  explicit FileObjectStore(FileFolder folder) : folder_(std::move(folder)) {}
  Status NotFound(const std::string& key) const;
  Status NoVersions(const std::string& key, const std::string& version_id) const;

  FileFolder folder_;
};

}  // namespace pgattic::store
