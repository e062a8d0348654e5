// CRC-32, as Parquet's pages, gzip and Ethernet have it.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace pgattic {

/// Returns the CRC-32 of `bytes` (RFC 1952, 8: polynomial 0x04C11DB7, reflected). Pure.
std::uint32_t Crc32(ByteView bytes);

}  // namespace pgattic
