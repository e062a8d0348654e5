// DiskCache: small immutable pieces of objects in a local folder, so that a restart is warm.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "store/posix_file.h"

namespace pgattic::lookup {

struct DiskCacheOptions {
  std::string folder;                              ///< Absolute; made where it is not there.
  std::int64_t max_bytes = std::int64_t{1} << 30;  ///< Of all files together.
};

/// Values by key, least recently used first out. It may help and cannot hurt: a value comes back
/// as it was put under that very key, or not at all (each file has its key and a checksum; one
/// that is torn, damaged or another's is removed), and a folder that is full or cannot be written
/// only keeps nothing. Files are 0600. Blocks on the disk. Thread-safe. One process a folder:
/// what another puts there is counted at the next start.
class DiskCache {
 public:
  /// Takes over what lies in the folder. Errors: the folder cannot be made or read.
  static Result<std::unique_ptr<DiskCache>> Open(const DiskCacheOptions& options);
  DiskCache(const DiskCache&) = delete;
  DiskCache& operator=(const DiskCache&) = delete;

  std::optional<std::string> Get(const std::string& key);
  void Put(const std::string& key, std::string_view value);
  std::int64_t bytes() const;

 private:
  struct File {
    std::string name;
    std::int64_t bytes = 0;
  };
  DiskCache(store::UniqueFd folder, std::int64_t max_bytes)
      : folder_(std::move(folder)), max_bytes_(max_bytes) {}
  Status TakeOver();
  /// Marks a file as used last; false when it is not known.
  bool Touch(const std::string& name);
  void Count(const std::string& name, std::int64_t bytes);
  void Forget(const std::string& name);
  bool Write(const std::string& name, std::string_view bytes);

  const store::UniqueFd folder_;
  const std::int64_t max_bytes_;
  mutable std::mutex mutex_;  ///< Guards all below.
  std::int64_t kept_bytes_ = 0;
  std::list<File> files_;  ///< Most recently used first.
  std::unordered_map<std::string, std::list<File>::iterator> by_name_;
};

}  // namespace pgattic::lookup
