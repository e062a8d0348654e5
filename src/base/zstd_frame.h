// Single zstd frames (RFC 8878) whose size is known before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.h"

struct ZSTD_DCtx_s;  // zstd.h: ZSTD_DCtx

namespace pgattic {

/// Returns how many bytes `frame` says that it holds; UINT64_MAX or one less where it does not
/// say, or is no frame: more than any bound. Pure.
std::uint64_t ContentSize(ByteView frame);

/// Fills `out` with what `frame` holds. False when it is damaged or holds another number of
/// bytes; then `out` holds anything. Thread-safe: the context is one a thread, since making one
/// allocates a few hundred KiB.
bool Decompress(ByteView frame, std::span<std::uint8_t> out);

/// The beginning of what a frame holds, decompressed block by block as far as it is asked for. A
/// frame that was made of small blocks costs little more than the bytes that are wanted. What
/// comes after them is not looked at, so that damage there does not show. Not thread-safe; one
/// thread may have several. The frame outlives it.
class FrameStart {
 public:
  /// `size`: what ContentSize(frame) says; the memory for it is taken, but not touched.
  FrameStart(ByteView frame, std::size_t size);

  /// Returns all that is decompressed, `bytes` at least; less when the frame is damaged, ends
  /// before or holds more than its size. What is returned stays where it is as long as this object
  /// lives.
  ByteView UpTo(std::size_t bytes) {
    if (filled_ < bytes) Fill(bytes);
    return {out_.get(), filled_};
  }

 private:
  struct GiveBack {
    void operator()(ZSTD_DCtx_s* context) const;
  };

  void Fill(std::size_t bytes);

  ByteView frame_;
  std::size_t read_ = 0;
  std::size_t wanted_ = 0;  // of the frame, next
  std::size_t size_;
  std::size_t filled_ = 0;
  bool is_over_ = false;                 // the frame has ended, or is damaged
  std::unique_ptr<std::uint8_t[]> out_;  // NOLINT(modernize-avoid-c-arrays): not zeroed
  std::unique_ptr<ZSTD_DCtx_s, GiveBack> context_;
};

}  // namespace pgattic
