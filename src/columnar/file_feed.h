// FileFeed: a file read once, front to back, in ranges, and hashed on the way.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/op_context.h"
#include "base/result.h"
#include "columnar/part_reader.h"

namespace pgattic::columnar {

/// Hands out the bytes of a file in order. The end of the file has to be read before the
/// rest, because the footer lies there; it is kept and not read twice. Not thread-safe.
class FileFeed {
 public:
  /// All references must outlive the feed.
  FileFeed(const OpContext& ctx, const ReadRange& read, std::int64_t file_bytes)
      : ctx_(ctx), read_(read), file_bytes_(file_bytes), tail_start_(file_bytes) {}

  /// Returns the last `bytes` bytes (all, when the file is shorter). To be called before
  /// Take; each call may ask for more.
  Result<ByteView> Tail(std::int64_t bytes);
  /// Returns the bytes [offset, offset + length); valid until the next call. Bytes that are
  /// passed over are read and hashed too.
  /// REQUIRES: inside the file, and not before the end of the last Take.
  Result<ByteView> Take(std::int64_t offset, std::int64_t length);
  /// Reads on to the end and returns the file's sha256 in hex. To be called last.
  Result<std::string> Finish();

 private:
  Result<std::string> Read(std::int64_t offset, std::int64_t length) const;
  Status Fill();

  const OpContext& ctx_;
  const ReadRange& read_;
  std::int64_t file_bytes_;
  std::int64_t tail_start_;
  std::string tail_;
  std::string window_;  // bytes [window_start_, position_)
  std::int64_t window_start_ = 0;
  std::int64_t position_ = 0;  // everything before is hashed
  Sha256 hash_;
};

}  // namespace pgattic::columnar
