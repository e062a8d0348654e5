// Tokens: who may ask (RFC 6750).
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace pgattic::api {

/// Bearer tokens from a file: one a line, blank lines and those that begin with # left out. The
/// file is looked at again, at most once a second, and read again when it changed; while it
/// cannot be read, or holds no token, the former ones count. Only hashes are kept. Thread-safe.
class Tokens {
 public:
  /// `file` "": everybody may ask. InvalidArgument when the file cannot be read, holds no token,
  /// or one that is shorter than 16 characters.
  static Result<std::unique_ptr<Tokens>> Load(const std::string& file, Clock& clock);

  /// True when no token is needed.
  bool is_open() const { return file_.empty(); }
  /// Returns the hash of TOKEN for "Bearer TOKEN" of a known one, however it is spelt, and "" when
  /// none is needed; nullopt for all others, who may not ask. Takes as long for any token. Reads
  /// the file when it changed.
  std::optional<std::string> HolderOf(std::string_view authorization);
  bool Allows(std::string_view authorization) { return HolderOf(authorization).has_value(); }

 private:
  using Hashes = std::vector<std::string>;

  Tokens(std::string file, Clock& clock) : file_(std::move(file)), clock_(clock) {}
  Status Read();
  void ReadIfChanged();

  const std::string file_;
  Clock& clock_;
  std::mutex mutex_;  ///< Guards all below.
  Hashes hashes_;
  std::string seen_;  ///< Which version of the file was read: inode, size, time.
  std::chrono::steady_clock::time_point looked_at_;
};

}  // namespace pgattic::api
