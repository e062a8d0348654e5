// MemoryObjectStore: the fake of the port, for tests.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/object_store.h"

namespace pgattic::store {

struct MemoryStoreOptions {
  bool versioned = false;  ///< Keeps replaced and deleted objects under their version ids.
};

/// Objects in memory. Thread-safe. Behaves as the conformance suite asks of every store; with
/// versions, as a versioned bucket: a delete by ETag leaves a delete marker, a delete by
/// version id removes that version for good. REQUIRES: uploads end before the store does.
class MemoryObjectStore final : public ObjectStore {
 public:
  explicit MemoryObjectStore(MemoryStoreOptions options = {}) : options_(options) {}

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
  std::string Describe() const override { return "memory://"; }

 private:
  friend class MemoryUpload;
  struct Version {
    ObjectInfo info;
    std::string bytes;
    bool is_delete_marker = false;
  };

  const Version* FindLocked(const std::string& key, const std::string& version_id) const;
  Result<ObjectInfo> StoreLocked(const std::string& key, std::string bytes,
                                 const WriteOptions& options);
  Status DeleteVersionLocked(const std::string& key, const std::string& version_id);

  const MemoryStoreOptions options_;
  std::mutex mutex_;                                     // Guards everything below.
  std::map<std::string, std::vector<Version>> objects_;  // The newest version last.
  std::multimap<std::string, std::uint64_t> uploads_;    // Key to number of the upload.
  std::uint64_t counter_ = 0;
};

}  // namespace pgattic::store
