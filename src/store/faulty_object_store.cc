#include "store/faulty_object_store.h"

#include <algorithm>

namespace pgattic::store {
namespace {

std::size_t Index(StoreOperation operation) { return static_cast<std::size_t>(operation); }

}  // namespace

/// See Upload.
class FaultyUpload final : public Upload {
 public:
  FaultyUpload(FaultyObjectStore& store, std::unique_ptr<Upload> wrapped)
      : store_(store), wrapped_(std::move(wrapped)) {}

  Status Write(const OpContext& ctx, ByteView bytes) override {
    if (failed_.ok()) {
      failed_ =
          store_.Run(StoreOperation::kUploadWrite, [&] { return wrapped_->Write(ctx, bytes); });
    }
    return failed_.Clone();
  }
  Result<ObjectInfo> Complete(const OpContext& ctx) override {
    if (!failed_.ok()) return failed_.Clone();
    Result<ObjectInfo> info =
        store_.Run(StoreOperation::kUploadComplete, [&] { return wrapped_->Complete(ctx); });
    if (!info.ok()) failed_ = info.status();
    return info;
  }

 private:
  FaultyObjectStore& store_;
  std::unique_ptr<Upload> wrapped_;
  Status failed_;
};

void FaultyObjectStore::Add(StoreFault fault) {
  const std::lock_guard lock(mutex_);
  const std::int64_t at_call = calls_.at(Index(fault.operation)) + fault.nth;
  faults_.push_back({std::move(fault), at_call});
}

void FaultyObjectStore::Add(const ReadDamage& damage) {
  const std::lock_guard lock(mutex_);
  damages_.push_back(damage);
  damages_.back().nth += gets_answered_;
}

void FaultyObjectStore::FailAlways(StoreOperation operation, Error error) {
  const std::lock_guard lock(mutex_);
  faults_.push_back({{operation, 0, false, std::move(error)}, 0});
}

void FaultyObjectStore::ClearFaults() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
  damages_.clear();
}

std::int64_t FaultyObjectStore::calls(StoreOperation operation) const {
  const std::lock_guard lock(mutex_);
  return calls_.at(Index(operation));
}

std::int64_t FaultyObjectStore::bytes_read() const {
  const std::lock_guard lock(mutex_);
  return bytes_read_;
}

std::optional<StoreFault> FaultyObjectStore::Meet(StoreOperation operation) {
  const std::lock_guard lock(mutex_);
  const std::int64_t call = ++calls_.at(Index(operation));
  const auto met = std::ranges::find_if(faults_, [&](const PendingFault& pending) {
    return pending.fault.operation == operation &&
           (pending.at_call == 0 || pending.at_call == call);
  });
  if (met == faults_.end()) return std::nullopt;
  return met->fault;
}

void FaultyObjectStore::Damage(std::string& bytes) {
  const std::lock_guard lock(mutex_);
  ++gets_answered_;
  for (const ReadDamage& damage : damages_) {
    const auto offset = static_cast<std::size_t>(damage.offset);
    if (damage.nth != gets_answered_ || offset >= bytes.size()) continue;
    if (damage.truncate) {
      bytes.resize(offset);
    } else {
      bytes[offset] = static_cast<char>(bytes[offset] ^ 1);
    }
  }
  bytes_read_ += static_cast<std::int64_t>(bytes.size());
}

Result<ObjectInfo> FaultyObjectStore::Put(const OpContext& ctx, const std::string& key,
                                          ByteView bytes, const WriteOptions& options) {
  return Run(StoreOperation::kPut, [&] { return wrapped_.Put(ctx, key, bytes, options); });
}

Result<std::unique_ptr<Upload>> FaultyObjectStore::StartUpload(const OpContext& ctx,
                                                               const std::string& key,
                                                               const WriteOptions& options) {
  PGATTIC_ASSIGN_OR_RETURN(std::unique_ptr<Upload> upload, Run(StoreOperation::kStartUpload, [&] {
                             return wrapped_.StartUpload(ctx, key, options);
                           }));
  return std::unique_ptr<Upload>(std::make_unique<FaultyUpload>(*this, std::move(upload)));
}

Result<std::string> FaultyObjectStore::Get(const OpContext& ctx, const std::string& key,
                                           const ReadOptions& options) {
  PGATTIC_ASSIGN_OR_RETURN(std::string bytes, Run(StoreOperation::kGet,
                                                  [&] { return wrapped_.Get(ctx, key, options); }));
  Damage(bytes);
  return bytes;
}

Result<ObjectInfo> FaultyObjectStore::Head(const OpContext& ctx, const std::string& key,
                                           const std::string& version_id) {
  return Run(StoreOperation::kHead, [&] { return wrapped_.Head(ctx, key, version_id); });
}

Status FaultyObjectStore::Delete(const OpContext& ctx, const std::string& key,
                                 const DeleteOptions& options) {
  return Run(StoreOperation::kDelete, [&] { return wrapped_.Delete(ctx, key, options); });
}

Result<std::vector<std::string>> FaultyObjectStore::List(const OpContext& ctx,
                                                         const std::string& prefix) {
  return Run(StoreOperation::kList, [&] { return wrapped_.List(ctx, prefix); });
}

Result<std::vector<std::string>> FaultyObjectStore::ListUploads(const OpContext& ctx,
                                                                const std::string& prefix) {
  return Run(StoreOperation::kListUploads, [&] { return wrapped_.ListUploads(ctx, prefix); });
}

Result<std::vector<std::string>> FaultyObjectStore::ListVersions(const OpContext& ctx,
                                                                 const std::string& key) {
  return wrapped_.ListVersions(ctx, key);
}

Status FaultyObjectStore::AbortUploads(const OpContext& ctx, const std::string& key) {
  return Run(StoreOperation::kAbortUploads, [&] { return wrapped_.AbortUploads(ctx, key); });
}

}  // namespace pgattic::store
