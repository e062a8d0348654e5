// Files beneath one folder: descriptors that close themselves, errno to Status, and the few
// durable steps that the folder store is made of. Paths are relative to an open folder.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/op_context.h"
#include "base/result.h"

namespace pgattic::store {

/// Owns a file descriptor. Move-only; not thread-safe.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept;
  ~UniqueFd() { Reset(); }

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  void Reset();

 private:
  int fd_ = -1;
};

/// Translates errno: "disk full" is ResourceExhausted, and so on; `what` names store, key and
/// deed. Each message ends with the remedy where there is one.
Status ErrnoStatus(int error_number, const std::string& what);

/// Opens `path` under `folder`; close-on-exec is added. Returns ErrnoStatus.
Result<UniqueFd> OpenFile(int folder, const std::string& path, int flags, const std::string& what);

/// Makes the folders above `path`; SyncParents() makes them last.
Status MakeParents(int folder, const std::string& path, const std::string& what);

/// Removes the folders above `path`, innermost first, as far as they are empty; keeps
/// `keep` and what is above it ("" keeps nothing but `folder` itself).
void PruneParents(int folder, const std::string& path, const std::string& keep);

/// Writes all of `bytes`, checking `ctx` between pieces.
Status WriteAll(const OpContext& ctx, int fd, ByteView bytes, const std::string& what);

/// Reads up to `length` bytes at `offset`, less at the end of the file.
Result<std::string> ReadAt(const OpContext& ctx, int fd, std::int64_t offset, std::int64_t length,
                           const std::string& what);

/// Flushes a file to the disk.
Status SyncFile(int fd, const std::string& what);
/// Flushes every folder above `path`, so that its name survives a power cut, whoever made
/// them. Folders with nothing new cost next to nothing.
Status SyncParents(int folder, const std::string& path, const std::string& what);

/// Calls `visit` with the path of each regular file at or below the folder `path`, in no
/// order. A folder that is not there is empty.
Status WalkFiles(const OpContext& ctx, int folder, const std::string& path,
                 const std::function<void(const std::string&)>& visit, const std::string& what);

}  // namespace pgattic::store
