// ForwardingObjectStore: what stores that change some calls of another have in common.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/object_store.h"

namespace pgattic::store {

/// Passes every call on to another store, which outlives it. Thread-safe if that one is.
class ForwardingObjectStore : public ObjectStore {
 public:
  explicit ForwardingObjectStore(ObjectStore& inner) : inner_(inner) {}

  Result<ObjectInfo> Put(const OpContext& ctx, const std::string& key, ByteView bytes,
                         const WriteOptions& options) override {
    return inner_.Put(ctx, key, bytes, options);
  }
  Result<std::unique_ptr<Upload>> StartUpload(const OpContext& ctx, const std::string& key,
                                              const WriteOptions& options) override {
    return inner_.StartUpload(ctx, key, options);
  }
  Result<std::string> Get(const OpContext& ctx, const std::string& key,
                          const ReadOptions& options) override {
    return inner_.Get(ctx, key, options);
  }
  Result<ObjectInfo> Head(const OpContext& ctx, const std::string& key,
                          const std::string& version_id) override {
    return inner_.Head(ctx, key, version_id);
  }
  Status Delete(const OpContext& ctx, const std::string& key,
                const DeleteOptions& options) override {
    return inner_.Delete(ctx, key, options);
  }
  Result<std::vector<std::string>> List(const OpContext& ctx, const std::string& prefix) override {
    return inner_.List(ctx, prefix);
  }
  Result<std::vector<std::string>> ListUploads(const OpContext& ctx,
                                               const std::string& prefix) override {
    return inner_.ListUploads(ctx, prefix);
  }
  Result<std::vector<std::string>> ListVersions(const OpContext& ctx,
                                                const std::string& key) override {
    return inner_.ListVersions(ctx, key);
  }
  Status AbortUploads(const OpContext& ctx, const std::string& key) override {
    return inner_.AbortUploads(ctx, key);
  }
  std::string Describe() const override { return inner_.Describe(); }

 protected:
  ObjectStore& inner() { return inner_; }

 private:
  ObjectStore& inner_;
};

}  // namespace pgattic::store
