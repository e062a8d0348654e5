#include "lookup/disk_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"

namespace pgattic::lookup {
namespace {

constexpr std::string_view kMagic = "PGADC001";
constexpr std::size_t kSumBytes = 32;  // Of hex digits.
constexpr std::string_view kFileSuffix = ".piece";
constexpr std::string_view kNewSuffix = ".new";

std::string NameOf(const std::string& key) {
  return Sha256::Of(AsBytes(key)) + std::string(kFileSuffix);
}

/// Magic, length of the key, a line feed, key, value; then a checksum over all of it.
std::string Wrap(const std::string& key, std::string_view value) {
  std::string bytes = std::string(kMagic) + std::to_string(key.size()) + "\n" + key;
  bytes += value;
  return bytes + HashRow(AsBytes(bytes)).ToHex();
}

std::optional<std::string> Unwrap(const std::string& key, std::string bytes) {
  const std::string head = std::string(kMagic) + std::to_string(key.size()) + "\n" + key;
  if (bytes.size() < head.size() + kSumBytes || !bytes.starts_with(head)) return std::nullopt;
  const std::string sum = bytes.substr(bytes.size() - kSumBytes);
  bytes.resize(bytes.size() - kSumBytes);
  if (HashRow(AsBytes(bytes)).ToHex() != sum) return std::nullopt;
  return bytes.substr(head.size());
}

}  // namespace

Result<std::unique_ptr<DiskCache>> DiskCache::Open(const DiskCacheOptions& options) {
  const std::string what = "lookup.footer_cache_dir " + options.folder;
  std::error_code error;
  std::filesystem::create_directories(options.folder, error);
  if (error) return store::ErrnoStatus(error.value(), what);
  PGATTIC_ASSIGN_OR_RETURN(store::UniqueFd folder,
                           store::OpenFile(AT_FDCWD, options.folder, O_RDONLY | O_DIRECTORY, what));
  std::unique_ptr<DiskCache> cache(new DiskCache(std::move(folder), options.max_bytes));
  PGATTIC_RETURN_IF_ERROR(cache->TakeOver().While("reading " + what));
  return cache;
}

Status DiskCache::TakeOver() {
  struct Found {
    File file;
    timespec used;
  };
  std::vector<Found> all;
  const auto visit = [&](const std::string& name) {
    if (name.ends_with(kNewSuffix)) ::unlinkat(folder_.get(), name.c_str(), 0);
    struct stat about {};
    if (!name.ends_with(kFileSuffix) || name.find('/') != name.npos ||
        ::fstatat(folder_.get(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0) {
      return;
    }
    all.push_back({{name, about.st_size}, about.st_mtim});
  };
  PGATTIC_RETURN_IF_ERROR(store::WalkFiles({}, folder_.get(), "", visit, "the folder"));
  std::sort(all.begin(), all.end(), [](const Found& a, const Found& b) {
    return std::pair(a.used.tv_sec, a.used.tv_nsec) < std::pair(b.used.tv_sec, b.used.tv_nsec);
  });
  for (const Found& found : all) Count(found.file.name, found.file.bytes);
  return Status::Ok();
}

bool DiskCache::Touch(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return false;
  files_.splice(files_.begin(), files_, found->second);
  return true;
}

void DiskCache::Count(const std::string& name, std::int64_t bytes) {
  std::vector<std::string> too_many;
  {
    const std::lock_guard lock(mutex_);
    if (by_name_.contains(name)) return;
    files_.push_front({name, bytes});
    by_name_[name] = files_.begin();
    kept_bytes_ += bytes;
    while (kept_bytes_ > max_bytes_) {
      kept_bytes_ -= files_.back().bytes;
      too_many.push_back(files_.back().name);
      by_name_.erase(files_.back().name);
      files_.pop_back();
    }
  }
  for (const std::string& old : too_many) ::unlinkat(folder_.get(), old.c_str(), 0);
}

void DiskCache::Forget(const std::string& name) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return;
    kept_bytes_ -= found->second->bytes;
    files_.erase(found->second);
    by_name_.erase(found);
  }
  ::unlinkat(folder_.get(), name.c_str(), 0);
}

std::optional<std::string> DiskCache::Get(const std::string& key) {
  const std::string name = NameOf(key);
  if (!Touch(name)) return std::nullopt;
  const Result<store::UniqueFd> file =
      store::OpenFile(folder_.get(), name, O_RDONLY | O_NOFOLLOW, name);
  struct stat about {};
  std::optional<std::string> value;
  if (file.ok() && ::fstat(file->get(), &about) == 0 && about.st_size <= max_bytes_) {
    Result<std::string> bytes = store::ReadAt({}, file->get(), 0, about.st_size, name);
    if (bytes.ok()) value = Unwrap(key, std::move(*bytes));
  }
  if (!value) {
    Forget(name);
    return std::nullopt;
  }
  // The order of use outlives this process as the times of the files.
  ::futimens(file->get(), nullptr);
  return value;
}

void DiskCache::Put(const std::string& key, std::string_view value) {
  const std::string name = NameOf(key);
  const std::string bytes = Wrap(key, value);
  const auto size = static_cast<std::int64_t>(bytes.size());
  if (size > max_bytes_ || Touch(name)) return;
  if (Write(name, bytes)) Count(name, size);
}

// Not flushed: what a power cut leaves is known by its checksum.
bool DiskCache::Write(const std::string& name, std::string_view bytes) {
  const std::string fresh = RandomHex(8) + std::string(kNewSuffix);
  bool is_whole = false;
  {
    const store::UniqueFd file(
        ::openat(folder_.get(), fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.is_open()) return false;
    is_whole = store::WriteAll({}, file.get(), AsBytes(bytes), fresh).ok();
  }
  is_whole = is_whole && ::renameat(folder_.get(), fresh.c_str(), folder_.get(), name.c_str()) == 0;
  if (!is_whole) ::unlinkat(folder_.get(), fresh.c_str(), 0);
  return is_whole;
}

std::int64_t DiskCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return kept_bytes_;
}

}  // namespace pgattic::lookup
