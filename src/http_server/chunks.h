// Chunks: a chunked body taken apart as RFC 9112, 7.1 says, and not a byte otherwise.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace pgattic::http_server {

/// One body. Whoever reads a size or an end of line more leniently than a proxy before us takes
/// part of a body for the next request. Trailers are refused. Used by one thread.
class Chunks {
 public:
  /// Reads up to so many bytes of the connection; 0 or less where there are none.
  using Source = std::function<ssize_t(char* ptr, std::size_t size)>;
  explicit Chunks(Source source) : source_(std::move(source)) {}

  /// Reads up to `size` bytes of the body. 0 after its end, -1 where it is broken or cut off.
  ssize_t Read(char* ptr, std::size_t size);

 private:
  enum class State { kSize, kData, kOver, kBroken };

  /// Reads a size and what has to be before its data.
  State Next();
  /// Reads to the end of a line and gives it without CR LF; false where it is none.
  bool ReadLine(std::string& line);

  Source source_;
  State state_ = State::kSize;
  std::uint64_t left_ = 0;  ///< Of the chunk that is read.
};

}  // namespace pgattic::http_server
