#include "store/file_object_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "store/file_upload.h"
#include "store/key_rules.h"

namespace pgattic::store {
namespace {

constexpr std::string_view kUploadSuffix = ".upload";

Status CheckCall(const OpContext& ctx, const std::string& key) {
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  return ValidateKey(key);
}

std::string FolderOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

}  // namespace

Result<std::unique_ptr<ObjectStore>> FileObjectStore::Open(const FileStoreOptions& options) {
  const std::string what = "file://" + options.root + ": cannot be opened";
  Result<UniqueFd> root = OpenFile(AT_FDCWD, options.root, O_RDONLY | O_DIRECTORY, what);
  if (root.Is(Code::kNotFound) || options.root.empty()) {
    return {Code::kFailedPrecondition,
            what + ": make the folder first (mkdir -p)",
            {"posix", "ENOENT"}};
  }
  if (!root.ok()) return std::move(root).status();
  return std::unique_ptr<ObjectStore>(
      new FileObjectStore(FileFolder(std::move(root).value(), options.root, options.sync)));
}

Result<ObjectInfo> FileObjectStore::Put(const OpContext& ctx, const std::string& key,
                                        ByteView bytes, const WriteOptions& options) {
  PGATTIC_RETURN_IF_ERROR(CheckCall(ctx, key));
  // Nobody looks for a small object that a killed process began: its next writer tidies.
  PGATTIC_RETURN_IF_ERROR(FileUpload::RemoveDead(ctx, folder_, key));
  PGATTIC_ASSIGN_OR_RETURN(std::unique_ptr<Upload> upload, StartUpload(ctx, key, options));
  PGATTIC_RETURN_IF_ERROR(upload->Write(ctx, bytes));
  return upload->Complete(ctx);
}

Result<std::unique_ptr<Upload>> FileObjectStore::StartUpload(const OpContext& ctx,
                                                             const std::string& key,
                                                             const WriteOptions& options) {
  PGATTIC_RETURN_IF_ERROR(CheckCall(ctx, key));
  PGATTIC_RETURN_IF_ERROR(ValidateWrite(options));
  PGATTIC_ASSIGN_OR_RETURN(std::unique_ptr<FileUpload> upload,
                           FileUpload::Start(folder_, key, options));
  return std::unique_ptr<Upload>(std::move(upload));
}

Result<std::string> FileObjectStore::Get(const OpContext& ctx, const std::string& key,
                                         const ReadOptions& options) {
  PGATTIC_RETURN_IF_ERROR(CheckCall(ctx, key));
  PGATTIC_RETURN_IF_ERROR(ValidateRead(options));
  PGATTIC_RETURN_IF_ERROR(NoVersions(key, options.version_id));
  const std::string what = folder_.What(key, "cannot be read");
  // Stat() tells a key that is not there from a folder that went away.
  PGATTIC_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> current, folder_.Stat(key));
  if (!current) return NotFound(key);
  Result<UniqueFd> file = OpenFile(folder_.fd(), key, O_RDONLY, what);
  if (file.Is(Code::kNotFound)) return NotFound(key);
  if (!file.ok()) return std::move(file).status();
  struct stat found {};
  if (::fstat(file->get(), &found) != 0) return ErrnoStatus(errno, what);
  if (options.if_match && FileFolder::EtagOf(found) != *options.if_match) {
    return {Code::kConflict,
            folder_.What(key, "is another object than the one asked for; look it up again")};
  }
  const ByteRange range = options.range.value_or(ByteRange{0, found.st_size});
  const std::int64_t available = std::max<std::int64_t>(found.st_size - range.offset, 0);
  return ReadAt(ctx, file->get(), range.offset, std::min(range.length, available), what);
}

Result<ObjectInfo> FileObjectStore::Head(const OpContext& ctx, const std::string& key,
                                         const std::string& version_id) {
  PGATTIC_RETURN_IF_ERROR(CheckCall(ctx, key));
  PGATTIC_RETURN_IF_ERROR(NoVersions(key, version_id));
  PGATTIC_ASSIGN_OR_RETURN(std::optional<ObjectInfo> current, folder_.Stat(key));
  while (current) {
    PGATTIC_ASSIGN_OR_RETURN(current->user_metadata, folder_.ReadMetadata(ctx, key, current->etag));
    // A writer that replaces the object removes the former metadata: look again.
    PGATTIC_ASSIGN_OR_RETURN(std::optional<ObjectInfo> again, folder_.Stat(key));
    if (again && again->etag == current->etag) return std::move(*current);
    current = std::move(again);
  }
  return NotFound(key);
}

Status FileObjectStore::Delete(const OpContext& ctx, const std::string& key,
                               const DeleteOptions& options) {
  PGATTIC_RETURN_IF_ERROR(CheckCall(ctx, key));
  PGATTIC_RETURN_IF_ERROR(ValidateDelete(options));
  PGATTIC_RETURN_IF_ERROR(NoVersions(key, options.version_id));
  PGATTIC_ASSIGN_OR_RETURN(const UniqueFd lock, folder_.Lock(ctx, key));
  PGATTIC_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> current, folder_.Stat(key));
  if (!current) return Status::Ok();
  if (current->etag != options.if_match) {
    return {Code::kConflict, folder_.What(key,
                                          "is another object than the one to delete; "
                                          "nothing was deleted")};
  }
  const std::string what = folder_.What(key, "cannot be deleted");
  if (::unlinkat(folder_.fd(), key.c_str(), 0) != 0) return ErrnoStatus(errno, what);
  Status synced = folder_.SyncName(key, what);
  folder_.RemoveMetadata(key, current->etag);
  PruneParents(folder_.fd(), key, "");
  return synced.Is(Code::kNotFound) ? Status::Ok() : std::move(synced);
}

Result<std::vector<std::string>> FileObjectStore::List(const OpContext& ctx,
                                                       const std::string& prefix) {
  const std::string folder = FolderOf(prefix);
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  if (!folder.empty()) PGATTIC_RETURN_IF_ERROR(ValidateKey(folder));
  const std::string hidden = std::string(kReservedFolder) + "/";
  std::vector<std::string> keys;
  PGATTIC_RETURN_IF_ERROR(WalkFiles(
      ctx, folder_.fd(), folder,
      [&](const std::string& path) {
        if (path.starts_with(prefix) && !path.starts_with(hidden)) keys.push_back(path);
      },
      folder_.What(prefix, "cannot be listed")));
  std::ranges::sort(keys);
  return keys;
}

Result<std::vector<std::string>> FileObjectStore::ListUploads(const OpContext& ctx,
                                                              const std::string& prefix) {
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  const std::string base = FileFolder::UploadFolder("");
  std::vector<std::string> keys;
  PGATTIC_RETURN_IF_ERROR(WalkFiles(
      ctx, folder_.fd(), FolderOf(base),
      [&](const std::string& path) {
        const std::string key = FolderOf(path.substr(base.size()));
        if (key.starts_with(prefix) && path.ends_with(kUploadSuffix)) keys.push_back(key);
      },
      folder_.What(prefix, "its uploads cannot be listed")));
  std::ranges::sort(keys);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

Result<std::vector<std::string>> FileObjectStore::ListVersions(const OpContext& ctx,
                                                               const std::string& key) {
  PGATTIC_RETURN_IF_ERROR(CheckCall(ctx, key));
  return std::vector<std::string>();
}

Status FileObjectStore::AbortUploads(const OpContext& ctx, const std::string& key) {
  PGATTIC_RETURN_IF_ERROR(CheckCall(ctx, key));
  const std::string folder = FileFolder::UploadFolder(key);
  const std::string what = folder_.What(key, "its uploads cannot be aborted");
  Status outcome;
  PGATTIC_RETURN_IF_ERROR(WalkFiles(
      ctx, folder_.fd(), folder,
      [&](const std::string& path) {
        // Deeper ones belong to keys of which this one is a folder.
        if (FolderOf(path) != folder || !path.ends_with(kUploadSuffix)) return;
        if (::unlinkat(folder_.fd(), path.c_str(), 0) != 0 && errno != ENOENT) {
          outcome = ErrnoStatus(errno, what);
        }
      },
      what));
  PruneParents(folder_.fd(), folder + "/", kReservedFolder);
  PGATTIC_RETURN_IF_ERROR(std::move(outcome));
  return folder_.RemoveStaleMetadata(ctx, key);
}

std::string FileObjectStore::Describe() const { return "file://" + folder_.path(); }

Status FileObjectStore::NotFound(const std::string& key) const {
  return {Code::kNotFound, folder_.What(key, "is not there"), {"posix", "ENOENT"}};
}

Status FileObjectStore::NoVersions(const std::string& key, const std::string& version_id) const {
  if (version_id.empty()) return Status::Ok();
  return {Code::kUnsupported, folder_.What(key, "a folder keeps no versions; name the ETag")};
}

}  // namespace pgattic::store
