#include "store/memory_object_store.h"

#include <algorithm>

#include "store/key_rules.h"

namespace pgattic::store {
namespace {

std::string What(const std::string& key, const std::string& deed) {
  return "memory://" + key + ": " + deed;
}

Status Check(const OpContext& ctx, const std::string& key) {
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  return ValidateKey(key);
}

Status NotFound(const std::string& key) {
  return {Code::kNotFound, What(key, "is not there"), {"memory", "NoSuchKey"}};
}

}  // namespace

/// See Upload. Gathers the bytes; the store knows it by its number only.
class MemoryUpload final : public Upload {
 public:
  MemoryUpload(MemoryObjectStore& store, std::string key, WriteOptions options)
      : store_(store), key_(std::move(key)), options_(std::move(options)) {
    const std::lock_guard lock(store_.mutex_);
    number_ = ++store_.counter_;
    store_.uploads_.emplace(key_, number_);
  }
  ~MemoryUpload() override {
    const std::lock_guard lock(store_.mutex_);
    ForgetLocked();
  }

  Status Write(const OpContext& ctx, ByteView bytes) override {
    if (failed_.ok()) failed_ = ctx.Check();
    if (failed_.ok()) bytes_.append(AsText(bytes));
    return failed_.Clone();
  }

  Result<ObjectInfo> Complete(const OpContext& ctx) override {
    if (failed_.ok()) failed_ = ctx.Check();
    if (!failed_.ok()) return failed_.Clone();
    const std::lock_guard lock(store_.mutex_);
    Result<ObjectInfo> info =
        ForgetLocked()
            ? store_.StoreLocked(key_, std::move(bytes_), options_)
            : Result<ObjectInfo>(Code::kConflict, What(key_,
                                                       "the upload was aborted by somebody "
                                                       "else; start it again"));
    failed_ = info.ok() ? Status(Code::kInvalidArgument, What(key_, "is complete already"))
                        : info.status();
    return info;
  }

 private:
  // True when the store still knew the upload.
  bool ForgetLocked() {
    const auto [begin, end] = store_.uploads_.equal_range(key_);
    const auto found =
        std::find_if(begin, end, [&](const auto& entry) { return entry.second == number_; });
    if (found == end) return false;
    store_.uploads_.erase(found);
    return true;
  }

  MemoryObjectStore& store_;
  std::string key_;
  WriteOptions options_;
  std::uint64_t number_ = 0;
  std::string bytes_;
  Status failed_;
};

const MemoryObjectStore::Version* MemoryObjectStore::FindLocked(
    const std::string& key, const std::string& version_id) const {
  const auto found = objects_.find(key);
  if (found == objects_.end() || found->second.empty()) return nullptr;
  const std::vector<Version>& versions = found->second;
  if (version_id.empty()) {
    return versions.back().is_delete_marker ? nullptr : &versions.back();
  }
  const auto at = std::ranges::find_if(versions, [&](const Version& version) {
    return version.info.version_id == version_id && !version.is_delete_marker;
  });
  return at == versions.end() ? nullptr : &*at;
}

Result<ObjectInfo> MemoryObjectStore::StoreLocked(const std::string& key, std::string bytes,
                                                  const WriteOptions& options) {
  const Version* current = FindLocked(key, "");
  if (options.if_absent && current != nullptr) {
    return {Code::kAlreadyExists, What(key, "is there already; nothing was written")};
  }
  if (options.if_match && (current == nullptr || current->info.etag != *options.if_match)) {
    return {Code::kConflict, What(key, "was changed by somebody else; read it again")};
  }
  Version version;
  const std::string number = std::to_string(++counter_);
  version.info.size_bytes = static_cast<std::int64_t>(bytes.size());
  version.info.etag = "\"m" + number + "\"";
  if (options_.versioned) version.info.version_id = "v" + number;
  version.info.user_metadata = options.user_metadata;
  version.bytes = std::move(bytes);
  ObjectInfo info = version.info;
  std::vector<Version>& versions = objects_[key];
  if (!options_.versioned) versions.clear();
  versions.push_back(std::move(version));
  return info;
}

Result<ObjectInfo> MemoryObjectStore::Put(const OpContext& ctx, const std::string& key,
                                          ByteView bytes, const WriteOptions& options) {
  PGATTIC_RETURN_IF_ERROR(Check(ctx, key));
  PGATTIC_RETURN_IF_ERROR(ValidateWrite(options));
  const std::lock_guard lock(mutex_);
  return StoreLocked(key, std::string(AsText(bytes)), options);
}

Result<std::unique_ptr<Upload>> MemoryObjectStore::StartUpload(const OpContext& ctx,
                                                               const std::string& key,
                                                               const WriteOptions& options) {
  PGATTIC_RETURN_IF_ERROR(Check(ctx, key));
  PGATTIC_RETURN_IF_ERROR(ValidateWrite(options));
  return std::unique_ptr<Upload>(std::make_unique<MemoryUpload>(*this, key, options));
}

Result<std::string> MemoryObjectStore::Get(const OpContext& ctx, const std::string& key,
                                           const ReadOptions& options) {
  PGATTIC_RETURN_IF_ERROR(Check(ctx, key));
  PGATTIC_RETURN_IF_ERROR(ValidateRead(options));
  const std::lock_guard lock(mutex_);
  const Version* version = FindLocked(key, options.version_id);
  if (version == nullptr) return NotFound(key);
  if (options.if_match && version->info.etag != *options.if_match) {
    return {Code::kConflict, What(key, "is another object; look it up again")};
  }
  if (!options.range) return version->bytes;
  const auto offset = static_cast<std::size_t>(options.range->offset);
  if (offset >= version->bytes.size()) return std::string();
  return version->bytes.substr(offset, static_cast<std::size_t>(options.range->length));
}

Result<ObjectInfo> MemoryObjectStore::Head(const OpContext& ctx, const std::string& key,
                                           const std::string& version_id) {
  PGATTIC_RETURN_IF_ERROR(Check(ctx, key));
  const std::lock_guard lock(mutex_);
  const Version* version = FindLocked(key, version_id);
  if (version == nullptr) return NotFound(key);
  return version->info;
}

Status MemoryObjectStore::DeleteVersionLocked(const std::string& key,
                                              const std::string& version_id) {
  std::vector<Version>& versions = objects_[key];
  std::erase_if(versions, [&](const Version& at) { return at.info.version_id == version_id; });
  return Status::Ok();
}

Status MemoryObjectStore::Delete(const OpContext& ctx, const std::string& key,
                                 const DeleteOptions& options) {
  PGATTIC_RETURN_IF_ERROR(Check(ctx, key));
  PGATTIC_RETURN_IF_ERROR(ValidateDelete(options));
  const std::lock_guard lock(mutex_);
  if (!options.version_id.empty()) return DeleteVersionLocked(key, options.version_id);
  const Version* current = FindLocked(key, "");
  if (current == nullptr) return Status::Ok();
  if (current->info.etag != options.if_match) {
    return {Code::kConflict, What(key, "is another object; nothing was deleted")};
  }
  if (!options_.versioned) {
    objects_.erase(key);
    return Status::Ok();
  }
  Version marker;
  marker.is_delete_marker = true;
  marker.info.version_id = "v" + std::to_string(++counter_);
  objects_[key].push_back(std::move(marker));
  return Status::Ok();
}

Result<std::vector<std::string>> MemoryObjectStore::List(const OpContext& ctx,
                                                         const std::string& prefix) {
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  const std::lock_guard lock(mutex_);
  std::vector<std::string> keys;
  for (auto at = objects_.lower_bound(prefix);
       at != objects_.end() && at->first.starts_with(prefix); ++at) {
    if (FindLocked(at->first, "") != nullptr) keys.push_back(at->first);
  }
  return keys;
}

Result<std::vector<std::string>> MemoryObjectStore::ListUploads(const OpContext& ctx,
                                                                const std::string& prefix) {
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  const std::lock_guard lock(mutex_);
  std::vector<std::string> keys;
  for (const auto& [key, number] : uploads_) {
    if (key.starts_with(prefix) && (keys.empty() || keys.back() != key)) keys.push_back(key);
  }
  return keys;
}

Result<std::vector<std::string>> MemoryObjectStore::ListVersions(const OpContext& ctx,
                                                                 const std::string& key) {
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> ids;
  const auto found = objects_.find(key);
  if (found == objects_.end()) return ids;
  for (const Version& version : found->second) {
    if (!version.info.version_id.empty()) ids.push_back(version.info.version_id);
  }
  return ids;
}

Status MemoryObjectStore::AbortUploads(const OpContext& ctx, const std::string& key) {
  PGATTIC_RETURN_IF_ERROR(Check(ctx, key));
  const std::lock_guard lock(mutex_);
  uploads_.erase(key);
  return Status::Ok();
}

}  // namespace pgattic::store
