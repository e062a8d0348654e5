// What Parquet writes around values: page headers and offset indexes, as the part writer makes
// them and no others. Source: Apache Parquet, parquet.thrift.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"

namespace pgattic::columnar {

/// The header of a data page (v1) of plain values with a checksum.
struct PageHeader {
  std::size_t header_bytes = 0;
  std::size_t frame_bytes = 0;  ///< Of the page's bytes, which follow.
  std::size_t value_bytes = 0;  ///< What the frame holds: definition levels, values.
  std::uint32_t crc = 0;        ///< CRC-32 of the frame.
  std::int64_t rows = 0;
};

/// Reads the header that `bytes` begin with. Nothing for any other page. Pure.
std::optional<PageHeader> ParsePageHeader(ByteView bytes);

/// Where one page of a column chunk lies.
struct PagePlace {
  std::int64_t offset = 0;  ///< In the file, of its header.
  std::int64_t bytes = 0;   ///< With its header.
  std::int64_t first_row = 0;
};

/// Reads an offset index. Nothing when `bytes` are none; what it says is not checked. Pure.
std::optional<std::vector<PagePlace>> ParseOffsetIndex(ByteView bytes);

}  // namespace pgattic::columnar
