#include "base/crc32.h"

#include <zlib.h>

namespace pgattic {

std::uint32_t Crc32(ByteView bytes) {
  return static_cast<std::uint32_t>(::crc32_z(0, bytes.data(), bytes.size()));
}

}  // namespace pgattic
