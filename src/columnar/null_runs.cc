#include "columnar/null_runs.h"

#include <algorithm>

namespace pgattic::columnar {
namespace {

constexpr std::int64_t kRowsInByte = 8;
constexpr unsigned kMostVarintBits = 35;  // run lengths are 32-bit numbers

}  // namespace

bool NullRuns::NextRun() {
  std::uint64_t head = 0;
  std::uint8_t byte = 0x80;
  for (unsigned shift = 0; byte >= 0x80U; shift += 7) {
    if (at_ == bytes_.size() || shift == kMostVarintBits) return false;
    byte = bytes_[at_++];
    head |= std::uint64_t{byte & 0x7FU} << shift;
  }
  const std::uint64_t bytes = (head & 1U) != 0 ? head >> 1U : 1;
  if (bytes > bytes_.size() - at_) return false;
  const ByteView run = bytes_.subspan(at_, bytes);
  at_ += bytes;
  row_ = 0;
  if ((head & 1U) != 0) {
    packed_ = run;
    left_ = static_cast<std::int64_t>(bytes) * kRowsInByte;
  } else {
    packed_ = {};
    repeated_ = run[0];
    left_ = static_cast<std::int64_t>(head >> 1U);
  }
  return repeated_ <= 1 && left_ > 0;
}

std::int64_t NullRuns::SkipInRun(std::int64_t rows) {
  left_ -= rows;
  if (packed_.empty()) return repeated_ * rows;
  std::int64_t present = 0;
  for (const std::int64_t end = row_ + rows; row_ < end; ++row_) {
    const unsigned byte = packed_[static_cast<std::size_t>(row_ / kRowsInByte)];
    present += (byte >> static_cast<unsigned>(row_ % kRowsInByte)) & 1U;
  }
  return present;
}

std::optional<std::int64_t> NullRuns::Skip(std::int64_t rows) {
  std::int64_t present = 0;
  while (rows > 0) {
    if (left_ == 0 && !NextRun()) return std::nullopt;
    const std::int64_t now = std::min(rows, left_);
    present += SkipInRun(now);
    rows -= now;
  }
  return present;
}

}  // namespace pgattic::columnar
