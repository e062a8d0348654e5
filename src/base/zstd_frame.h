// Single zstd frames (RFC 8878) whose size is known before.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace pgattic {

/// Returns how many bytes `frame` says that it holds; UINT64_MAX or one less where it does not
/// say, or is no frame: more than any bound. Pure.
std::uint64_t ContentSize(ByteView frame);

/// Fills `out` with what `frame` holds. False when it is damaged or holds another number of
/// bytes; then `out` holds anything. Thread-safe: the context is one a thread, since making one
/// allocates a few hundred KiB.
bool Decompress(ByteView frame, std::span<std::uint8_t> out);

}  // namespace pgattic
