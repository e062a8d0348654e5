#include "base/zstd_frame.h"

#include <zstd.h>

#include <memory>

namespace pgattic {
namespace {

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

std::uint64_t ContentSize(ByteView frame) {
  return ZSTD_getFrameContentSize(frame.data(), frame.size());
}

bool Decompress(ByteView frame, std::span<std::uint8_t> out) {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  // An error of zstd is a number larger than any size.
  return ZSTD_decompressDCtx(context.get(), out.data(), out.size(), frame.data(), frame.size()) ==
         out.size();
}

}  // namespace pgattic
