// NullRuns: the definition levels of a column that is optional and not nested.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace pgattic::columnar {

/// Which rows are NULL, run by run, out of bytes that may be anything. The bytes outlive it. Not
/// thread-safe. Source: Apache Parquet, "Encodings", RLE/bit-packing hybrid of bit width 1.
class NullRuns {
 public:
  explicit NullRuns(ByteView bytes) : bytes_(bytes) {}

  /// Passes over `rows` rows. Returns how many of them are no NULL; nothing when there are fewer.
  std::optional<std::int64_t> Skip(std::int64_t rows);

 private:
  bool NextRun();
  std::int64_t SkipInRun(std::int64_t rows);

  ByteView bytes_;
  std::size_t at_ = 0;         // of the next run
  std::int64_t left_ = 0;      // rows of this run
  std::int64_t row_ = 0;       // of a packed run: the next one
  ByteView packed_;            // a bit a row, the lowest first; empty for a run of one level
  std::uint8_t repeated_ = 0;  // that level
};

}  // namespace pgattic::columnar
