#include "columnar/copy_decoder.h"

#include <algorithm>

#include "columnar/wire.h"

namespace pgattic::columnar {
namespace {

constexpr std::string_view kSignature{"PGCOPY\n\377\r\n\0", 11};
constexpr std::size_t kHeaderBytes = kSignature.size() + 8;  // flags, length of extension
constexpr std::uint32_t kCriticalFlags = 0xFFFF0000U;
constexpr std::int16_t kTrailer = -1;
constexpr std::size_t kKeepCapacity = std::size_t{1} << 20U;

Status Corrupt(std::string message) {
  return {Code::kCorruption, "the COPY stream is damaged: " + std::move(message)};
}

}  // namespace

CopyDecoder::CopyDecoder(std::size_t field_count, TupleSink& sink)
    : field_count_(field_count), sink_(sink), need_(kHeaderBytes) {
  sizes_.reserve(field_count);
  fields_.resize(field_count);
}

Status CopyDecoder::Append(ByteView data) {
  while (!carry_.empty() && !data.empty()) {
    const std::size_t take = std::min(data.size(), need_ - carry_.size());
    carry_.append(AsText(data.first(take)));
    data = data.subspan(take);
    if (carry_.size() < need_) return Status::Ok();
    std::size_t used = 0;
    PGATTIC_RETURN_IF_ERROR(Consume(AsBytes(carry_), used));
    // A unit never asks for more than itself, so the carry is used up whole or not at all.
    if (used > 0) {
      carry_.clear();
      if (carry_.capacity() > kKeepCapacity) carry_.shrink_to_fit();
    }
  }
  if (data.empty()) return Status::Ok();
  std::size_t used = 0;
  PGATTIC_RETURN_IF_ERROR(Consume(data, used));
  carry_.assign(AsText(data.subspan(used)));
  return Status::Ok();
}

Status CopyDecoder::Finish() const {
  if (state_ == State::kEnd) return Status::Ok();
  return Corrupt("it ended without its trailer after " + std::to_string(tuples_) + " rows");
}

Status CopyDecoder::Consume(ByteView window, std::size_t& used) {
  while (window.size() - used >= need_) {
    const ByteView rest = window.subspan(used);
    std::size_t taken = 0;
    switch (state_) {
      case State::kHeader:
        PGATTIC_RETURN_IF_ERROR(ConsumeHeader(rest, taken));
        break;
      case State::kExtension:
        taken = need_;
        state_ = State::kTuples;
        need_ = 2;
        break;
      case State::kTuples:
        PGATTIC_RETURN_IF_ERROR(ConsumeTuple(rest, taken));
        break;
      case State::kEnd:
        if (!rest.empty()) return Corrupt("bytes after its trailer");
        return Status::Ok();
    }
    used += taken;
  }
  return Status::Ok();
}

Status CopyDecoder::ConsumeHeader(ByteView window, std::size_t& used) {
  if (AsText(window.first(kSignature.size())) != kSignature) {
    return Corrupt("it does not begin with PGCOPY");
  }
  const auto flags = LoadBig<std::uint32_t>(window.data() + kSignature.size());
  if ((flags & kCriticalFlags) != 0) return Corrupt("unknown critical flags");
  const auto extension = LoadBig<std::int32_t>(window.data() + kSignature.size() + 4);
  if (extension < 0) return Corrupt("negative length of the header's extension");
  used = kHeaderBytes;
  need_ = static_cast<std::size_t>(extension);
  state_ = State::kExtension;
  return Status::Ok();
}

Status CopyDecoder::ConsumeTuple(ByteView window, std::size_t& used) {
  if (scanned_ == 0) {
    const auto count = LoadBig<std::int16_t>(window.data());
    if (count == kTrailer) {
      state_ = State::kEnd;
      used = 2;
      need_ = 0;
      return Status::Ok();
    }
    if (count < 0 || static_cast<std::size_t>(count) != field_count_) {
      return Corrupt("row " + std::to_string(tuples_) + " has " + std::to_string(count) +
                     " fields instead of " + std::to_string(field_count_));
    }
    scanned_ = 2;
    need_ = 2;
  }
  Status status;
  if (!ScanFields(window, status)) return status;
  const std::size_t tuple_bytes = scanned_;
  PGATTIC_RETURN_IF_ERROR(Deliver(window.first(tuple_bytes)));
  used = tuple_bytes;
  need_ = 2;
  scanned_ = 0;
  sizes_.clear();
  ++tuples_;
  return Status::Ok();
}

// Returns true when every field lies in `tuple`; else sets need_, or an error.
bool CopyDecoder::ScanFields(ByteView tuple, Status& status) {
  while (sizes_.size() < field_count_) {
    need_ = scanned_ + 4;
    if (tuple.size() < need_) return false;
    const auto size = LoadBig<std::int32_t>(tuple.data() + scanned_);
    if (size < -1) {
      status = Corrupt("row " + std::to_string(tuples_) + " has a field of length " +
                       std::to_string(size));
      return false;
    }
    need_ += static_cast<std::size_t>(std::max(size, 0));
    if (tuple.size() < need_) return false;
    sizes_.push_back(size);
    scanned_ = need_;
  }
  return true;
}

Status CopyDecoder::Deliver(ByteView tuple) {
  const std::uint8_t* at = tuple.data() + 2;
  for (std::size_t i = 0; i < field_count_; ++i) {
    at += 4;
    fields_[i] = {at, sizes_[i]};
    at += std::max(sizes_[i], 0);
  }
  return sink_.OnTuple({tuple.subspan(2), fields_});
}

}  // namespace pgattic::columnar
