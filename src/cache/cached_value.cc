#include "cache/cached_value.h"

#include <zstd.h>

#include <cstdint>
#include <memory>

#include "base/hash.h"
#include "base/zstd_frame.h"

namespace pgattic::cache {
namespace {

constexpr char kFormat = 1;
constexpr std::size_t kChecksumBytes = 8;
constexpr std::size_t kHeaderBytes = 1 + kChecksumBytes;
// The quickest level that still finds what JSON repeats; a lookup waits for it.
constexpr int kLevel = 1;

struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

/// Making one allocates a few hundred KiB: one a thread.
ZSTD_CCtx* Compressor() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeCompressor> context(ZSTD_createCCtx());
  return context.get();
}

/// The key is in it, so that a value copied to another key is no value.
std::string ChecksumOf(std::string_view key, std::string_view payload) {
  Sum128 sum = HashRow(AsBytes(payload));
  sum.Add(HashRow(AsBytes(key)));
  std::string out;
  for (std::size_t i = 0; i < kChecksumBytes; ++i) {
    out.push_back(static_cast<char>((sum.low >> (8 * i)) & 0xFF));
  }
  return out;
}

}  // namespace

Result<std::string> EncodeValue(std::string_view key, std::string_view value) {
  std::string out(kHeaderBytes + ZSTD_compressBound(value.size()), '\0');
  const std::size_t size =
      ZSTD_compressCCtx(Compressor(), out.data() + kHeaderBytes, out.size() - kHeaderBytes,
                        value.data(), value.size(), kLevel);
  if (ZSTD_isError(size) != 0) {
    return {Code::kInternal,
            std::string("zstd cannot compress a value for the cache; it is not cached: ") +
                ZSTD_getErrorName(size)};
  }
  out.resize(kHeaderBytes + size);
  out[0] = kFormat;
  out.replace(1, kChecksumBytes, ChecksumOf(key, std::string_view(out).substr(kHeaderBytes)));
  return out;
}

std::optional<std::string> DecodeValue(std::string_view key, std::string_view stored,
                                       std::size_t max_bytes) {
  if (stored.size() < kHeaderBytes || stored[0] != kFormat) return std::nullopt;
  const std::string_view payload = stored.substr(kHeaderBytes);
  if (stored.substr(1, kChecksumBytes) != ChecksumOf(key, payload)) return std::nullopt;
  const std::uint64_t size = ContentSize(AsBytes(payload));
  if (size > max_bytes) return std::nullopt;
  std::string value(static_cast<std::size_t>(size), '\0');
  const bool is_whole =
      Decompress(AsBytes(payload), {reinterpret_cast<std::uint8_t*>(value.data()), value.size()});
  if (!is_whole) return std::nullopt;
  return value;
}

}  // namespace pgattic::cache
