// The layout of a folder store on the disk, shared by the store and its uploads:
//
//   <root>/<key>                             the object
//   <root>/.pgattic/uploads/<key>/<n>.upload an unfinished upload
//   <root>/.pgattic/meta/<key>.<etag>.meta   user metadata of the object with that ETag
//   <root>/.pgattic/locks/<nn>               what writers of a key hold (flock)
//
// The ETag is the modification time in nanoseconds and the size. It survives `cp -a` and
// `rsync -a`, needs no reading of the object, and differs for each write of a key, because
// writers set the time under the key's lock. Metadata is written before the object becomes
// visible, under the ETag that the object will have: readers see both or neither.
#pragma once

#include <sys/stat.h>

#include <map>
#include <optional>
#include <string>

#include "base/op_context.h"
#include "base/result.h"
#include "store/object_store.h"
#include "store/posix_file.h"

namespace pgattic::store {

/// One open root folder. Thread-safe: it has no state but the descriptor.
class FileFolder {
 public:
  FileFolder(UniqueFd root, std::string path, bool sync)
      : root_(std::move(root)), path_(std::move(path)), sync_(sync) {}

  int fd() const { return root_.get(); }
  const std::string& path() const { return path_; }
  bool sync() const { return sync_; }

  /// Returns "file:///root: key: deed" for messages.
  std::string What(const std::string& key, const std::string& deed) const;
  static std::string UploadFolder(const std::string& key);
  static std::string EtagOf(const struct stat& found);

  /// Returns what is known of the object but its metadata; nullopt when it is not there.
  /// FailedPrecondition when the root folder itself was removed.
  Result<std::optional<ObjectInfo>> Stat(const std::string& key) const;
  /// Returns Ok, or AlreadyExists or Conflict when `options` forbid to replace `current`.
  Status CheckConditions(const std::string& key, const WriteOptions& options,
                         const std::optional<ObjectInfo>& current) const;

  /// Waits, at most until the deadline, for the lock under which `key` changes.
  Result<UniqueFd> Lock(const OpContext& ctx, const std::string& key) const;

  Status WriteMetadata(const OpContext& ctx, const std::string& key, const std::string& etag,
                       const std::map<std::string, std::string>& metadata) const;
  Result<std::map<std::string, std::string>> ReadMetadata(const OpContext& ctx,
                                                          const std::string& key,
                                                          const std::string& etag) const;
  /// Removes it, if there is any; a failure only leaves a file that no reader looks at.
  void RemoveMetadata(const std::string& key, const std::string& etag) const;

  /// Removes what writers that died noted of objects of this key that never became visible.
  Status RemoveStaleMetadata(const OpContext& ctx, const std::string& key) const;

  /// Opens a new file at `path`, making the folders above it.
  Result<UniqueFd> CreateFile(const std::string& path, const std::string& what) const;
  /// Syncs the folders above `path`, unless told not to sync at all.
  Status SyncName(const std::string& path, const std::string& what) const;

 private:
  UniqueFd root_;
  std::string path_;
  bool sync_;
};

/// Calls `attempt` again while it answers NotFound because another process removed an empty
/// folder under it; a few times at most.
template <typename Fn>
auto RetryPruned(Fn&& attempt) {
  constexpr int kTries = 16;
  for (int i = 1;; ++i) {
    auto outcome = attempt();
    if (i == kTries || outcome.ok() || !outcome.Is(Code::kNotFound)) return outcome;
  }
}

}  // namespace pgattic::store
