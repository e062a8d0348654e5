// PointPage: one data page, decompressed only as far as its values are asked for.
#pragma once

#include <parquet/types.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/zstd_frame.h"
#include "columnar/null_runs.h"

namespace pgattic::columnar {

/// Walks over the rows of a page of plain values, of a column that is not nested: first Advance()
/// over rows, then Pass() over the values of those that are no NULL, or Take() them. The page may
/// be of any bytes: where they end early, or make no sense, so does the walk. Not thread-safe.
class PointPage {
 public:
  /// `bytes`: header and frame, which outlive this. `rows`: what the page's index says that it
  /// holds. Nothing when header, checksum or sizes are not those of such a page.
  static std::optional<PointPage> Open(ByteView bytes, std::int64_t rows, bool is_nullable);

  /// Goes on by `rows` rows. Returns how many of them have a value, nothing past the last row.
  std::optional<std::int64_t> Advance(std::int64_t rows);

  /// Passes over `count` values of a type. False past the end. `width`: of a FLBA.
  template <typename Value>
  bool Pass(std::int64_t count, std::int32_t width);
  /// Reads the next value, which may point into this page. False past the end.
  template <typename Value>
  bool Take(Value& value, std::int32_t width);

 private:
  PointPage(FrameStart content, std::int64_t rows)
      : content_(std::move(content)), rows_left_(rows) {}

  bool ReadLevels();
  /// Returns the next bytes, null past the end.
  const std::uint8_t* Bytes(std::size_t count);

  FrameStart content_;
  std::int64_t rows_left_;
  std::optional<NullRuns> nulls_;
  std::size_t at_ = 0;    // of the next value
  std::int64_t bit_ = 0;  // of the next boolean, from at_
};

template <typename Value>
bool PointPage::Pass(std::int64_t count, std::int32_t /*width*/) {
  return Bytes(static_cast<std::size_t>(count) * sizeof(Value)) != nullptr;
}
template <>
bool PointPage::Pass<bool>(std::int64_t count, std::int32_t width);
template <>
bool PointPage::Pass<parquet::ByteArray>(std::int64_t count, std::int32_t width);
template <>
bool PointPage::Pass<parquet::FLBA>(std::int64_t count, std::int32_t width);

template <typename Value>
bool PointPage::Take(Value& value, std::int32_t /*width*/) {
  const std::uint8_t* bytes = Bytes(sizeof value);
  if (bytes != nullptr) std::memcpy(&value, bytes, sizeof value);
  return bytes != nullptr;
}
template <>
bool PointPage::Take(bool& value, std::int32_t width);
template <>
bool PointPage::Take(parquet::ByteArray& value, std::int32_t width);
template <>
bool PointPage::Take(parquet::FLBA& value, std::int32_t width);

}  // namespace pgattic::columnar
