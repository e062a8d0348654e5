// PacedObjectStore: a store that is read no faster than somebody allows.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/object_store.h"

namespace pgattic::store {

/// Told how many bytes a Get gave; blocks until they are earned. Errors: those of the context.
using AfterRead = std::function<Status(const OpContext& ctx, std::int64_t bytes)>;

/// Passes everything on to another store, and each Get's bytes to `after_read` before they are
/// handed on. Thread-safe if both are. The other store outlives it.
class PacedObjectStore final : public ObjectStore {
 public:
  /// `after_read` empty: nothing is waited for.
  PacedObjectStore(ObjectStore& inner, AfterRead after_read)
      : inner_(inner), after_read_(std::move(after_read)) {}

  Result<ObjectInfo> Put(const OpContext& ctx, const std::string& key, ByteView bytes,
                         const WriteOptions& options) override {
    return inner_.Put(ctx, key, bytes, options);
  }
  Result<std::unique_ptr<Upload>> StartUpload(const OpContext& ctx, const std::string& key,
                                              const WriteOptions& options) override {
    return inner_.StartUpload(ctx, key, options);
  }
  Result<std::string> Get(const OpContext& ctx, const std::string& key,
                          const ReadOptions& options) override;
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

 private:
  ObjectStore& inner_;
  const AfterRead after_read_;
};

}  // namespace pgattic::store
