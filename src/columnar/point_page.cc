#include "columnar/point_page.h"

#include <limits>
#include <utility>

#include "base/crc32.h"
#include "columnar/page_format.h"

namespace pgattic::columnar {
namespace {

constexpr std::int64_t kBitsInByte = 8;

}  // namespace

std::optional<PointPage> PointPage::Open(ByteView bytes, std::int64_t rows, bool is_nullable) {
  const std::optional<PageHeader> header = ParsePageHeader(bytes);
  if (!header || header->rows != rows) return std::nullopt;
  const ByteView frame = bytes.subspan(header->header_bytes);
  if (frame.size() != header->frame_bytes || ContentSize(frame) != header->value_bytes ||
      Crc32(frame) != header->crc) {
    return std::nullopt;
  }
  PointPage page(FrameStart(frame, header->value_bytes), rows);
  if (is_nullable && !page.ReadLevels()) return std::nullopt;
  return page;
}

// Their length, then they themselves.
bool PointPage::ReadLevels() {
  std::uint32_t size = 0;
  if (!Take(size, 0)) return false;
  const std::uint8_t* levels = Bytes(size);
  if (levels != nullptr) nulls_.emplace(ByteView(levels, size));
  return levels != nullptr;
}

std::optional<std::int64_t> PointPage::Advance(std::int64_t rows) {
  if (rows > rows_left_) return std::nullopt;
  rows_left_ -= rows;
  return nulls_ ? nulls_->Skip(rows) : rows;
}

const std::uint8_t* PointPage::Bytes(std::size_t count) {
  if (count > std::numeric_limits<std::size_t>::max() - at_) return nullptr;
  const ByteView all = content_.UpTo(at_ + count);
  if (all.size() < at_ + count) return nullptr;
  return all.data() + std::exchange(at_, at_ + count);
}

template <>
bool PointPage::Pass<bool>(std::int64_t count, std::int32_t /*width*/) {
  bit_ += count;
  return true;
}

template <>
bool PointPage::Take(bool& value, std::int32_t /*width*/) {
  const auto at = at_ + static_cast<std::size_t>(bit_ / kBitsInByte);
  const ByteView all = content_.UpTo(at + 1);
  if (all.size() <= at) return false;
  value = ((unsigned{all[at]} >> static_cast<unsigned>(bit_ % kBitsInByte)) & 1U) != 0;
  ++bit_;
  return true;
}

template <>
bool PointPage::Take(parquet::ByteArray& value, std::int32_t width) {
  if (!Take(value.len, width)) return false;
  value.ptr = Bytes(value.len);
  return value.ptr != nullptr;
}

template <>
bool PointPage::Pass<parquet::ByteArray>(std::int64_t count, std::int32_t width) {
  parquet::ByteArray value;
  for (std::int64_t i = 0; i < count; ++i) {
    if (!Take(value, width)) return false;
  }
  return true;
}

template <>
bool PointPage::Take(parquet::FLBA& value, std::int32_t width) {
  value.ptr = Bytes(static_cast<std::size_t>(width));
  return value.ptr != nullptr;
}

template <>
bool PointPage::Pass<parquet::FLBA>(std::int64_t count, std::int32_t width) {
  return Bytes(static_cast<std::size_t>(count) * static_cast<std::size_t>(width)) != nullptr;
}

}  // namespace pgattic::columnar
