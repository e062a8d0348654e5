#include "store/file_upload.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "base/hash.h"
#include "store/key_rules.h"

namespace pgattic::store {
namespace {

// So that the fsync of Complete() does not meet hundreds of MiB of dirty pages.
constexpr std::int64_t kWriteBackBytes = std::int64_t{8} << 20;

/// Says to RemoveDead() that its writer lives. False when that was quicker.
bool HoldAlive(int fd) {
  struct stat found {};
  return ::flock(fd, LOCK_SH | LOCK_NB) == 0 && ::fstat(fd, &found) == 0 && found.st_nlink > 0;
}

}  // namespace

FileUpload::FileUpload(const FileFolder& folder, std::string key, WriteOptions options,
                       std::string temporary, UniqueFd file)
    : folder_(folder),
      key_(std::move(key)),
      options_(std::move(options)),
      temporary_(std::move(temporary)),
      file_(std::move(file)) {}

Result<std::unique_ptr<FileUpload>> FileUpload::Start(const FileFolder& folder,
                                                      const std::string& key,
                                                      const WriteOptions& options) {
  while (true) {
    // The name must not end in .parquet: DuckDB's glob enters hidden folders.
    std::string path = FileFolder::UploadFolder(key) + "/" + RandomHex(12) + ".upload";
    PGATTIC_ASSIGN_OR_RETURN(UniqueFd file,
                             folder.CreateFile(path, folder.What(key, "cannot be written")));
    if (!HoldAlive(file.get())) continue;
    return std::unique_ptr<FileUpload>(
        new FileUpload(folder, key, options, std::move(path), std::move(file)));
  }
}

Status FileUpload::RemoveDead(const OpContext& ctx, const FileFolder& folder,
                              const std::string& key) {
  const std::string what = folder.What(key, "what a killed process left cannot be removed");
  bool found_any = false;
  PGATTIC_RETURN_IF_ERROR(WalkFiles(
      ctx, folder.fd(), FileFolder::UploadFolder(key),
      [&](const std::string& path) {
        const Result<UniqueFd> file = OpenFile(folder.fd(), path, O_RDONLY, what);
        if (!file.ok() || ::flock(file->get(), LOCK_EX | LOCK_NB) != 0) return;
        found_any = ::unlinkat(folder.fd(), path.c_str(), 0) == 0 || found_any;
        PruneParents(folder.fd(), path, kReservedFolder);
      },
      what));
  return found_any ? folder.RemoveStaleMetadata(ctx, key) : Status::Ok();
}

FileUpload::~FileUpload() {
  if (temporary_.empty()) return;
  ::unlinkat(folder_.fd(), temporary_.c_str(), 0);
  PruneParents(folder_.fd(), temporary_, kReservedFolder);
}

Status FileUpload::Write(const OpContext& ctx, ByteView bytes) {
  if (!failed_.ok()) return failed_.Clone();
  failed_ = WriteAll(ctx, file_.get(), bytes, folder_.What(key_, "cannot be written"));
  if (!failed_.ok()) return failed_.Clone();
  written_ += static_cast<std::int64_t>(bytes.size());
  if (folder_.sync() && written_ - flushed_ >= kWriteBackBytes) {
    // Only a hint: the fsync of Complete() reports what fails.
    ::sync_file_range(file_.get(), flushed_, written_ - flushed_, SYNC_FILE_RANGE_WRITE);
    flushed_ = written_;
  }
  return Status::Ok();
}

Result<ObjectInfo> FileUpload::Complete(const OpContext& ctx) {
  if (!failed_.ok()) return failed_.Clone();
  Result<ObjectInfo> info = Finish(ctx);
  failed_ = info.ok() ? Status(Code::kInvalidArgument,
                               folder_.What(key_, "this upload is complete already"))
                      : info.status();
  return info;
}

Result<ObjectInfo> FileUpload::Finish(const OpContext& ctx) {
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  PGATTIC_RETURN_IF_ERROR(Seal(""));
  PGATTIC_ASSIGN_OR_RETURN(const UniqueFd lock, folder_.Lock(ctx, key_));
  PGATTIC_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> current, folder_.Stat(key_));
  PGATTIC_RETURN_IF_ERROR(folder_.CheckConditions(key_, options_, current));
  if (current) PGATTIC_RETURN_IF_ERROR(Seal(current->etag));
  PGATTIC_ASSIGN_OR_RETURN(ObjectInfo info, SealedInfo());
  PGATTIC_RETURN_IF_ERROR(folder_.WriteMetadata(ctx, key_, info.etag, options_.user_metadata));
  if (Status placed = Place(); !placed.ok()) {
    folder_.RemoveMetadata(key_, info.etag);
    return placed;
  }
  // Gone from here on; what follows is only tidying and durability.
  ::unlinkat(folder_.fd(), temporary_.c_str(), 0);
  PruneParents(folder_.fd(), temporary_, kReservedFolder);
  temporary_.clear();
  if (current) folder_.RemoveMetadata(key_, current->etag);
  if (!folder_.SyncName(key_, "").ok()) {
    return {Code::kInDoubt, folder_.What(key_,
                                         "is there, but the disk did not confirm it; "
                                         "look whether it is there before going on")};
  }
  return info;
}

// Gives the file the time from which its ETag is made, another than `other_etag`, and puts
// it on the disk.
Status FileUpload::Seal(const std::string& other_etag) {
  const std::string what = folder_.What(key_, "cannot be written");
  struct stat found {};
  if (other_etag.empty()) {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    found.st_mtim = now;
  } else {
    if (::fstat(file_.get(), &found) != 0) return ErrnoStatus(errno, what);
    if (FileFolder::EtagOf(found) != other_etag) return Status::Ok();
    // One second, not one nanosecond: some file systems keep no finer time.
    found.st_mtim.tv_sec += 1;
  }
  const timespec times[2] = {{0, UTIME_OMIT}, found.st_mtim};
  if (::futimens(file_.get(), times) != 0) return ErrnoStatus(errno, what);
  return folder_.sync() ? SyncFile(file_.get(), what) : Status::Ok();
}

Result<ObjectInfo> FileUpload::SealedInfo() const {
  struct stat found {};
  if (::fstat(file_.get(), &found) != 0) {
    return ErrnoStatus(errno, folder_.What(key_, "cannot be looked at"));
  }
  if (found.st_nlink == 0) return AbortedElsewhere();
  ObjectInfo info;
  info.size_bytes = found.st_size;
  info.etag = FileFolder::EtagOf(found);
  info.user_metadata = options_.user_metadata;
  return info;
}

Status FileUpload::Place() {
  const std::string what = folder_.What(key_, "cannot be put in its place");
  const int fd = folder_.fd();
  Status placed = RetryPruned([&]() -> Status {
    PGATTIC_RETURN_IF_ERROR(MakeParents(fd, key_, what));
    // link() refuses to replace, whoever made the other file; rename() replaces.
    const int outcome = options_.if_absent ? ::linkat(fd, temporary_.c_str(), fd, key_.c_str(), 0)
                                           : ::renameat(fd, temporary_.c_str(), fd, key_.c_str());
    return outcome == 0 ? Status::Ok() : ErrnoStatus(errno, what);
  });
  if (placed.Is(Code::kNotFound)) return AbortedElsewhere();
  struct stat found {};
  if (placed.Is(Code::kAlreadyExists) && ::fstatat(fd, key_.c_str(), &found, 0) == 0 &&
      S_ISDIR(found.st_mode)) {
    return ErrnoStatus(EISDIR, what);
  }
  return placed;
}

Status FileUpload::AbortedElsewhere() const {
  return {Code::kConflict, folder_.What(key_,
                                        "the upload was aborted by somebody else; "
                                        "nothing was written, start it again")};
}

}  // namespace pgattic::store
