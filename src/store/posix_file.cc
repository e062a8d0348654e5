#include "store/posix_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

namespace pgattic::store {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{4} << 20;
constexpr mode_t kFolderMode = 0777;  // The umask decides.
constexpr mode_t kFileMode = 0666;

struct ErrnoRow {
  int number;
  const char* name;
  Code code;
  const char* remedy;
};

constexpr ErrnoRow kErrnoTable[] = {
    {ENOENT, "ENOENT", Code::kNotFound, ""},
    {ENOTDIR, "ENOTDIR", Code::kFailedPrecondition,
     "; a file stands where a folder is needed: move it away"},
    {EISDIR, "EISDIR", Code::kFailedPrecondition,
     "; a folder stands where the object belongs: move it away"},
    {ENOTEMPTY, "ENOTEMPTY", Code::kFailedPrecondition,
     "; a folder stands where the object belongs: move it away"},
    {EEXIST, "EEXIST", Code::kAlreadyExists, ""},
    {ENOSPC, "ENOSPC", Code::kResourceExhausted, "; free room on the disk and run again"},
    {EDQUOT, "EDQUOT", Code::kResourceExhausted, "; raise the quota and run again"},
    {EFBIG, "EFBIG", Code::kResourceExhausted, "; raise the file size limit"},
    {EMFILE, "EMFILE", Code::kResourceExhausted, "; raise ulimit -n"},
    {ENFILE, "ENFILE", Code::kResourceExhausted, "; raise fs.file-max"},
    {ENOMEM, "ENOMEM", Code::kResourceExhausted, "; free memory and run again"},
    {EACCES, "EACCES", Code::kPermissionDenied, "; give this user access to the folder"},
    {EPERM, "EPERM", Code::kPermissionDenied, "; give this user access to the folder"},
    {EROFS, "EROFS", Code::kFailedPrecondition, "; mount the folder writable"},
    {EXDEV, "EXDEV", Code::kFailedPrecondition, "; the archive folder must lie on one filesystem"},
    {ENAMETOOLONG, "ENAMETOOLONG", Code::kInvalidArgument, "; shorten the key"},
    {EIO, "EIO", Code::kUnavailable, "; look at the disk's health"},
    {ESTALE, "ESTALE", Code::kUnavailable, "; look at the network file system"},
    {ETIMEDOUT, "ETIMEDOUT", Code::kUnavailable, "; look at the network file system"},
    {ENOTCONN, "ENOTCONN", Code::kUnavailable, "; look at the network file system"},
};

std::string ParentOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

}  // namespace

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
  if (this != &other) {
    Reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void UniqueFd::Reset() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Status ErrnoStatus(int error_number, const std::string& what) {
  const auto row = std::ranges::find(kErrnoTable, error_number, &ErrnoRow::number);
  char buffer[128];
  const std::string text = ::strerror_r(error_number, buffer, sizeof buffer);
  if (row == std::end(kErrnoTable)) {
    return {Code::kInternal, what + ": " + text, {"posix", std::to_string(error_number)}};
  }
  return {row->code, what + ": " + text + row->remedy, {"posix", row->name}};
}

Result<UniqueFd> OpenFile(int folder, const std::string& path, int flags, const std::string& what) {
  for (;;) {
    UniqueFd fd(::openat(folder, path.c_str(), flags | O_CLOEXEC, kFileMode));
    if (fd.is_open()) return fd;
    if (errno != EINTR) return ErrnoStatus(errno, what);
  }
}

Status MakeParents(int folder, const std::string& path, const std::string& what) {
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string parent = path.substr(0, slash);
    if (::mkdirat(folder, parent.c_str(), kFolderMode) != 0 && errno != EEXIST) {
      return ErrnoStatus(errno, what);
    }
  }
  return Status::Ok();
}

void PruneParents(int folder, const std::string& path, const std::string& keep) {
  std::string parent = ParentOf(path);
  while (parent != "." && parent != keep && ::unlinkat(folder, parent.c_str(), AT_REMOVEDIR) == 0) {
    parent = ParentOf(parent);
  }
}

Status WriteAll(const OpContext& ctx, int fd, ByteView bytes, const std::string& what) {
  while (!bytes.empty()) {
    PGATTIC_RETURN_IF_ERROR(ctx.Check());
    const ssize_t n = ::write(fd, bytes.data(), std::min(bytes.size(), kPieceBytes));
    if (n < 0 && errno != EINTR) return ErrnoStatus(errno, what);
    if (n > 0) bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return Status::Ok();
}

Result<std::string> ReadAt(const OpContext& ctx, int fd, std::int64_t offset, std::int64_t length,
                           const std::string& what) {
  std::string out(static_cast<std::size_t>(length), '\0');
  std::size_t done = 0;
  while (done < out.size()) {
    PGATTIC_RETURN_IF_ERROR(ctx.Check());
    const ssize_t n = ::pread(fd, out.data() + done, std::min(out.size() - done, kPieceBytes),
                              offset + static_cast<std::int64_t>(done));
    if (n == 0) break;
    if (n < 0 && errno != EINTR) return ErrnoStatus(errno, what);
    if (n > 0) done += static_cast<std::size_t>(n);
  }
  out.resize(done);
  return out;
}

Status SyncFile(int fd, const std::string& what) {
  return ::fsync(fd) == 0 ? Status::Ok() : ErrnoStatus(errno, what);
}

Status SyncParents(int folder, const std::string& path, const std::string& what) {
  std::string parent = path;
  do {
    parent = ParentOf(parent);
    PGATTIC_ASSIGN_OR_RETURN(const UniqueFd opened,
                             OpenFile(folder, parent, O_RDONLY | O_DIRECTORY, what));
    PGATTIC_RETURN_IF_ERROR(SyncFile(opened.get(), what));
  } while (parent != ".");
  return Status::Ok();
}

Status WalkFiles(const OpContext& ctx, int folder, const std::string& path,
                 const std::function<void(const std::string&)>& visit, const std::string& what) {
  std::vector<std::string> pending{path};
  while (!pending.empty()) {
    PGATTIC_RETURN_IF_ERROR(ctx.Check());
    const std::string at = std::move(pending.back());
    pending.pop_back();
    const int fd =
        ::openat(folder, at.empty() ? "." : at.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) continue;
    if (fd < 0) return ErrnoStatus(errno, what);
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(fd), ::closedir);
    if (!entries) {
      ::close(fd);
      return ErrnoStatus(ENOMEM, what);
    }
    while (const dirent* entry = ::readdir(entries.get())) {  // NOLINT: own DIR stream
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      const std::string child = at.empty() ? name : at + "/" + name;
      struct stat found {};
      if (::fstatat(folder, child.c_str(), &found, 0) != 0) continue;  // Gone meanwhile.
      if (S_ISDIR(found.st_mode)) pending.push_back(child);
      if (S_ISREG(found.st_mode)) visit(child);
    }
  }
  return Status::Ok();
}

}  // namespace pgattic::store
