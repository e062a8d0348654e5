// Varint: unsigned LEB128, in which Thrift writes integers and Parquet the lengths of runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace pgattic::columnar {

/// Reads the number at bytes[at] and moves `at` behind it. Nothing when the bytes end before, or it
/// takes more groups of seven bits than begin below `most_bits` (at most 64). Pure.
inline std::optional<std::uint64_t> ReadVarint(ByteView bytes, std::size_t& at,
                                               unsigned most_bits) {
  constexpr unsigned kGroup = 7;
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < most_bits && at < bytes.size(); shift += kGroup) {
    const std::uint64_t byte = bytes[at++];
    value |= (byte & 0x7FU) << shift;
    if (byte < 0x80U) return value;
  }
  return std::nullopt;
}

}  // namespace pgattic::columnar
