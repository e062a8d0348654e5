// FaultyObjectStore: another store that fails, lies or damages on command, and counts.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "store/object_store.h"

namespace pgattic::store {

/// The calls that can be made to fail.
enum class StoreOperation {
  kPut,
  kStartUpload,
  kUploadWrite,
  kUploadComplete,
  kGet,
  kHead,
  kDelete,
  kList,
  kListUploads,
  kAbortUploads,
};
inline constexpr std::size_t kStoreOperationCount = 10;

/// One failure to come.
struct StoreFault {
  StoreOperation operation = StoreOperation::kGet;
  std::int64_t nth = 1;       ///< Of the calls from now on, counted from 1.
  bool after_effect = false;  ///< True: the call works, and its reply is lost.
  Error error;
};

/// Damage to what a Get() returns.
struct ReadDamage {
  std::int64_t nth = 1;     ///< Of the Gets from now on, counted from 1.
  bool truncate = false;    ///< Cuts at `offset`; else flips the lowest bit there.
  std::int64_t offset = 0;  ///< In the bytes returned; past their end does nothing.
};

/// Wraps a store, which it does not own. Thread-safe. Each fault happens once. REQUIRES: the
/// wrapped store outlives this one, and this one its uploads.
class FaultyObjectStore final : public ObjectStore {
 public:
  explicit FaultyObjectStore(ObjectStore& wrapped) : wrapped_(wrapped) {}

  void Add(StoreFault fault);
  void Add(const ReadDamage& damage);
  /// Every call of `operation` fails with `error` until ClearFaults(): a store that is down.
  void FailAlways(StoreOperation operation, Error error);
  void ClearFaults();
  /// Returns how often `operation` was called, failed calls included.
  std::int64_t calls(StoreOperation operation) const;
  /// Returns how many bytes Get() gave.
  std::int64_t bytes_read() const;

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
  std::string Describe() const override { return wrapped_.Describe(); }

 private:
  friend class FaultyUpload;
  struct PendingFault {
    StoreFault fault;
    std::int64_t at_call = 0;  // 0: every call.
  };

  /// Counts a call and returns the fault it meets, if any.
  std::optional<StoreFault> Meet(StoreOperation operation);
  /// Runs `call` with the faults of `operation` around it.
  template <typename Fn>
  auto Run(StoreOperation operation, Fn&& call) -> decltype(call()) {
    const std::optional<StoreFault> fault = Meet(operation);
    if (fault && !fault->after_effect) return Status(fault->error);
    auto outcome = call();
    if (fault) return Status(fault->error);
    return outcome;
  }
  void Damage(std::string& bytes);

  ObjectStore& wrapped_;
  mutable std::mutex mutex_;  // Guards everything below.
  std::array<std::int64_t, kStoreOperationCount> calls_{};
  std::int64_t gets_answered_ = 0;
  std::int64_t bytes_read_ = 0;
  std::vector<PendingFault> faults_;
  std::vector<ReadDamage> damages_;
};

}  // namespace pgattic::store
