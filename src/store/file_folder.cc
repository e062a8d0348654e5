#include "store/file_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <vector>

#include "base/hash.h"
#include "store/key_rules.h"

namespace pgattic::store {
namespace {

constexpr std::chrono::milliseconds kLockPoll{1};
constexpr std::int64_t kMaxMetadataFileBytes = 64 << 10;

const std::string& Reserved() {
  static const std::string folder = std::string(kReservedFolder) + "/";
  return folder;
}

std::string MetadataPath(const std::string& key, const std::string& etag) {
  return Reserved() + "meta/" + key + "." + etag.substr(1, etag.size() - 2) + ".meta";
}

// 64 lock files for all keys: few files, and unrelated keys seldom wait for each other.
std::string LockPath(const std::string& key) {
  char name[3];
  std::snprintf(name, sizeof name, "%02x", static_cast<unsigned>(HashRow(AsBytes(key)).low % 64));
  return Reserved() + "locks/" + name;
}

std::map<std::string, std::string> ParseMetadata(const std::string& text) {
  std::map<std::string, std::string> metadata;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    const std::size_t equals = line.find('=');
    if (equals != std::string::npos) {
      metadata[line.substr(0, equals)] = line.substr(equals + 1);
    }
    at = end + 1;
  }
  return metadata;
}

}  // namespace

std::string FileFolder::What(const std::string& key, const std::string& deed) const {
  return "file://" + path_ + ": " + key + ": " + deed;
}

std::string FileFolder::UploadFolder(const std::string& key) {
  return Reserved() + "uploads/" + key;
}

std::string FileFolder::EtagOf(const struct stat& found) {
  char text[64];
  const auto nanoseconds =
      static_cast<unsigned long long>(found.st_mtim.tv_sec) * 1'000'000'000ULL +
      static_cast<unsigned long long>(found.st_mtim.tv_nsec);
  std::snprintf(text, sizeof text, "\"%llx-%llx\"", nanoseconds,
                static_cast<unsigned long long>(found.st_size));
  return text;
}

Result<std::optional<ObjectInfo>> FileFolder::Stat(const std::string& key) const {
  struct stat found {};
  if (::fstatat(fd(), key.c_str(), &found, 0) != 0) {
    const int error_number = errno;
    if (error_number != ENOENT && error_number != ENOTDIR) {
      return ErrnoStatus(error_number, What(key, "cannot be looked at"));
    }
    if (::fstat(fd(), &found) == 0 && found.st_nlink == 0) {
      return {Code::kFailedPrecondition,
              What(key, "the archive folder was removed; put it back and start again")};
    }
    return std::optional<ObjectInfo>();
  }
  if (!S_ISREG(found.st_mode)) return std::optional<ObjectInfo>();
  ObjectInfo info;
  info.size_bytes = found.st_size;
  info.etag = EtagOf(found);
  return std::optional<ObjectInfo>(std::move(info));
}

Status FileFolder::CheckConditions(const std::string& key, const WriteOptions& options,
                                   const std::optional<ObjectInfo>& current) const {
  if (options.if_absent && current) {
    return {Code::kAlreadyExists, What(key, "is there already; nothing was written")};
  }
  if (options.if_match && (!current || current->etag != *options.if_match)) {
    return {Code::kConflict, What(key,
                                  "was changed by somebody else; nothing was written, "
                                  "read it again")};
  }
  return Status::Ok();
}

Result<UniqueFd> FileFolder::Lock(const OpContext& ctx, const std::string& key) const {
  const std::string path = LockPath(key);
  const std::string what = What(key, "cannot be locked");
  PGATTIC_RETURN_IF_ERROR(MakeParents(fd(), path, what));
  PGATTIC_ASSIGN_OR_RETURN(UniqueFd lock, OpenFile(fd(), path, O_RDWR | O_CREAT, what));
  // flock knows no time limit, hence the polling.
  while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return ErrnoStatus(errno, what);
    PGATTIC_RETURN_IF_ERROR(ctx.SleepFor(kLockPoll));
  }
  return lock;
}

Status FileFolder::WriteMetadata(const OpContext& ctx, const std::string& key,
                                 const std::string& etag,
                                 const std::map<std::string, std::string>& metadata) const {
  if (metadata.empty()) return Status::Ok();
  const std::string path = MetadataPath(key, etag);
  const std::string what = What(key, "its user metadata cannot be written");
  std::string text;
  for (const auto& [name, value] : metadata) text += name + "=" + value + "\n";
  // Left by a writer that died before its object became visible.
  ::unlinkat(fd(), path.c_str(), 0);
  PGATTIC_ASSIGN_OR_RETURN(const UniqueFd file, CreateFile(path, what));
  PGATTIC_RETURN_IF_ERROR(WriteAll(ctx, file.get(), AsBytes(text), what));
  if (sync_) PGATTIC_RETURN_IF_ERROR(SyncFile(file.get(), what));
  return SyncName(path, what);
}

Result<std::map<std::string, std::string>> FileFolder::ReadMetadata(const OpContext& ctx,
                                                                    const std::string& key,
                                                                    const std::string& etag) const {
  const std::string what = What(key, "its user metadata cannot be read");
  Result<UniqueFd> file = OpenFile(fd(), MetadataPath(key, etag), O_RDONLY, what);
  if (file.Is(Code::kNotFound)) return std::map<std::string, std::string>();
  if (!file.ok()) return std::move(file).status();
  PGATTIC_ASSIGN_OR_RETURN(const std::string text,
                           ReadAt(ctx, file->get(), 0, kMaxMetadataFileBytes, what));
  return ParseMetadata(text);
}

void FileFolder::RemoveMetadata(const std::string& key, const std::string& etag) const {
  const std::string path = MetadataPath(key, etag);
  if (::unlinkat(fd(), path.c_str(), 0) == 0) PruneParents(fd(), path, kReservedFolder);
}

Status FileFolder::RemoveStaleMetadata(const OpContext& ctx, const std::string& key) const {
  const std::string what = What(key, "its former user metadata cannot be removed");
  // Under the lock a writer is either done or has not begun to note anything.
  PGATTIC_ASSIGN_OR_RETURN(const UniqueFd lock, Lock(ctx, key));
  PGATTIC_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> current, Stat(key));
  const std::string kept = current ? MetadataPath(key, current->etag) : "";
  const std::string beginning = Reserved() + "meta/" + key + ".";
  std::vector<std::string> stale;
  PGATTIC_RETURN_IF_ERROR(WalkFiles(
      ctx, fd(), beginning.substr(0, beginning.rfind('/')),
      [&](const std::string& path) {
        // "<key>.<digits>-<digits>.meta"; another key may begin with this one.
        const std::size_t etag_end = path.find('.', beginning.size());
        const bool is_ours = path.starts_with(beginning) && path.size() > beginning.size() &&
                             path.substr(std::min(etag_end, path.size())) == ".meta" &&
                             path.find('/', beginning.size()) == path.npos;
        if (is_ours && path != kept) stale.push_back(path);
      },
      what));
  for (const std::string& path : stale) {
    if (::unlinkat(fd(), path.c_str(), 0) == 0) PruneParents(fd(), path, kReservedFolder);
  }
  return Status::Ok();
}

Result<UniqueFd> FileFolder::CreateFile(const std::string& path, const std::string& what) const {
  return RetryPruned([&]() -> Result<UniqueFd> {
    PGATTIC_RETURN_IF_ERROR(MakeParents(fd(), path, what));
    return OpenFile(fd(), path, O_RDWR | O_CREAT | O_EXCL, what);
  });
}

Status FileFolder::SyncName(const std::string& path, const std::string& what) const {
  return sync_ ? SyncParents(fd(), path, what) : Status::Ok();
}

}  // namespace pgattic::store
