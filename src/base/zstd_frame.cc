#include "base/zstd_frame.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/check.h"

namespace pgattic {
namespace {

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};
using Context = std::unique_ptr<ZSTD_DCtx, FreeContext>;

Context NewContext() {
  Context context(ZSTD_createDCtx());
  PGATTIC_CHECK(context != nullptr, "out of memory");
  return context;
}

// Contexts that wait for the thread's next frame: making one allocates a few hundred KiB.
thread_local std::vector<Context> idle_contexts;

Context TakeContext() {
  if (idle_contexts.empty()) return NewContext();
  Context context = std::move(idle_contexts.back());
  idle_contexts.pop_back();
  return context;
}

}  // namespace

std::uint64_t ContentSize(ByteView frame) {
  return ZSTD_getFrameContentSize(frame.data(), frame.size());
}

bool Decompress(ByteView frame, std::span<std::uint8_t> out) {
  thread_local const Context context = NewContext();
  // An error of zstd is a number larger than any size.
  return ZSTD_decompressDCtx(context.get(), out.data(), out.size(), frame.data(), frame.size()) ==
         out.size();
}

void FrameStart::GiveBack::operator()(ZSTD_DCtx* context) const {
  constexpr std::size_t kMostIdle = 2;
  Context owned(context);
  if (idle_contexts.size() < kMostIdle) idle_contexts.push_back(std::move(owned));
}

FrameStart::FrameStart(ByteView frame, std::size_t size)
    : frame_(frame),
      size_(size),
      out_(std::make_unique_for_overwrite<std::uint8_t[]>(size)),  // NOLINT: not zeroed
      context_(TakeContext().release()) {
  // ZSTD_d_stableOutBuffer: blocks go straight to where they stay, and refer to each other there.
  ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_and_parameters);
  ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_experimentalParam2, 1);
  wanted_ = ZSTD_initDStream(context_.get());
}

void FrameStart::Fill(std::size_t bytes) {
  while (filled_ < bytes && !is_over_) {
    // A block at a time: zstd tells how much it wants to read next.
    ZSTD_inBuffer in{frame_.data(), std::min(frame_.size() - read_, wanted_) + read_, read_};
    ZSTD_outBuffer out{out_.get(), size_, filled_};
    wanted_ = ZSTD_decompressStream(context_.get(), &out, &in);
    // Of a block at most, whatever the frame says.
    PGATTIC_CHECK(ZSTD_getErrorCode(wanted_) != ZSTD_error_memory_allocation, "out of memory");
    is_over_ = ZSTD_isError(wanted_) != 0 || wanted_ == 0 || in.pos == read_;
    filled_ = out.pos;
    read_ = in.pos;
  }
}

}  // namespace pgattic
