// IdFilter: says of an id "certainly not here" or "perhaps", for lookups by id alone.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pgattic::columnar {

/// A split block Bloom filter (Parquet format, BloomFilter.md) over the ids of one part, as
/// PostgreSQL's text. False positives about 1 in 10,000. Not thread-safe while filled; then
/// immutable.
class IdFilter {
 public:
  /// Makes an empty filter for about `expected_ids` of the part with this sha256.
  static IdFilter Make(std::int64_t expected_ids, std::string_view part_sha256 = "");
  /// Reads what Serialize() wrote. Corruption for anything else.
  static Result<IdFilter> Parse(std::string_view bytes);

  IdFilter(IdFilter&&) noexcept;
  IdFilter& operator=(IdFilter&&) noexcept;
  ~IdFilter();

  void Insert(std::string_view id);
  /// False: certainly not inserted.
  bool MayContain(std::string_view id) const;
  /// True when it was made for the part with this sha256; what another one says is worthless.
  bool IsOf(std::string_view part_sha256) const;
  std::int64_t memory_bytes() const;
  /// Returns magic, version, length, part, blocks and a checksum.
  std::string Serialize() const;

 private:
  struct Impl;
  explicit IdFilter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pgattic::columnar
