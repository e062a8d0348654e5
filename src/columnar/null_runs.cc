#include "columnar/null_runs.h"

#include <algorithm>

#include "columnar/varint.h"

namespace pgattic::columnar {
namespace {

constexpr std::int64_t kRowsInByte = 8;
constexpr unsigned kVarintBits = 35;  // run lengths are 32-bit numbers: five groups

}  // namespace

bool NullRuns::NextRun() {
  const std::optional<std::uint64_t> head = ReadVarint(bytes_, at_, kVarintBits);
  if (!head) return false;
  const bool is_packed = (*head & 1U) != 0;
  const std::uint64_t bytes = is_packed ? *head >> 1U : 1;
  if (bytes > bytes_.size() - at_) return false;
  const ByteView run = bytes_.subspan(at_, bytes);
  at_ += bytes;
  row_ = 0;
  if (is_packed) {
    packed_ = run;
    left_ = static_cast<std::int64_t>(bytes) * kRowsInByte;
  } else {
    packed_ = {};
    repeated_ = run[0];
    left_ = static_cast<std::int64_t>(*head >> 1U);
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
