// TemporaryFolder: where a query keeps what does not fit into memory.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace pgattic::analytics {

/// A new folder with mode 0700, removed with all that is in it by the destructor. A killed process
/// leaves it behind. Not thread-safe.
class TemporaryFolder {
 public:
  /// `parent` empty: the system's folder for temporary files. FailedPrecondition where nothing can
  /// be made there.
  static Result<std::unique_ptr<TemporaryFolder>> Make(const std::string& parent);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace pgattic::analytics
