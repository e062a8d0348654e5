// ScratchFolder: a private folder that is gone when its owner is, however the owner ends.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "sandbox/subprocess.h"
#include "store/posix_file.h"

namespace pgattic::sandbox {

/// Where a scratch folder lies and how it is cleaned up.
struct ScratchOptions {
  std::string parent = "/tmp";                 ///< Short: a socket's path may have 107 bytes.
  std::optional<OsUser> owner = std::nullopt;  ///< Gets the folder. Needs root.
  /// Run before the folder is removed if this process dies first; "{}" stands for the folder.
  /// Runs as the owner. Empty for none.
  std::vector<std::string> on_abandon = {};
};

/// A new folder with mode 0700. The destructor removes it with all that is in it. If this
/// process is killed, a guard (a shell that waits for the end of a pipe) runs `on_abandon` and
/// removes the folder in its place. Not thread-safe.
class ScratchFolder {
 public:
  /// Makes the folder and starts its guard.
  static Result<std::unique_ptr<ScratchFolder>> Make(const ScratchOptions& options);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  /// Absolute, without a slash at its end.
  const std::string& path() const { return path_; }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  Status StartGuard(const ScratchOptions& options);

  std::string path_;
  store::UniqueFd lifeline_;  ///< Its closing wakes the guard: it must outlive it.
  std::unique_ptr<Subprocess> guard_;
};

}  // namespace pgattic::sandbox
