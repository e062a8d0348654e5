#include "columnar/file_feed.h"

#include <algorithm>
#include <utility>

namespace pgattic::columnar {
namespace {

constexpr std::int64_t kRangeBytes = std::int64_t{4} << 20U;

}  // namespace

Result<std::string> FileFeed::Read(std::int64_t offset, std::int64_t length) const {
  PGATTIC_RETURN_IF_ERROR(ctx_.Check());
  PGATTIC_ASSIGN_OR_RETURN(std::string bytes, read_(offset, length));
  if (std::cmp_not_equal(bytes.size(), length)) {
    return {Code::kCorruption, "the part is shorter than recorded: " + std::to_string(length) +
                                   " bytes at " + std::to_string(offset) + " came as " +
                                   std::to_string(bytes.size())};
  }
  return bytes;
}

Result<ByteView> FileFeed::Tail(std::int64_t bytes) {
  const std::int64_t start = file_bytes_ - std::min(bytes, file_bytes_);
  if (start < tail_start_) {
    PGATTIC_ASSIGN_OR_RETURN(std::string more, Read(start, tail_start_ - start));
    tail_.insert(0, more);
    tail_start_ = start;
  }
  return AsBytes(tail_);
}

Status FileFeed::Fill() {
  if (position_ >= tail_start_) {
    window_.append(tail_, static_cast<std::size_t>(position_ - tail_start_));
  } else {
    const std::int64_t length = std::min(kRangeBytes, tail_start_ - position_);
    PGATTIC_ASSIGN_OR_RETURN(std::string bytes, Read(position_, length));
    if (window_.empty()) {
      window_ = std::move(bytes);
    } else {
      window_.append(bytes);
    }
  }
  const auto known = static_cast<std::size_t>(position_ - window_start_);
  hash_.Update(AsBytes(window_).subspan(known));
  position_ = window_start_ + static_cast<std::int64_t>(window_.size());
  return Status::Ok();
}

Result<ByteView> FileFeed::Take(std::int64_t offset, std::int64_t length) {
  PGATTIC_CHECK(offset >= window_start_ && length <= file_bytes_ - offset,
                "a feed goes forward only");
  while (position_ < offset + length) {
    const std::int64_t drop = std::min(offset, position_) - window_start_;
    window_.erase(0, static_cast<std::size_t>(drop));
    window_start_ += drop;
    PGATTIC_RETURN_IF_ERROR(Fill());
  }
  return AsBytes(window_).subspan(static_cast<std::size_t>(offset - window_start_),
                                  static_cast<std::size_t>(length));
}

Result<std::string> FileFeed::Finish() {
  while (position_ < file_bytes_) {
    window_.clear();
    window_start_ = position_;
    PGATTIC_RETURN_IF_ERROR(Fill());
  }
  return hash_.HexDigest();
}

}  // namespace pgattic::columnar
