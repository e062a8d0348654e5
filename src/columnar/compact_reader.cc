#include "columnar/compact_reader.h"

#include <optional>

#include "columnar/varint.h"

namespace pgattic::columnar {
namespace {

constexpr int kMostDepth = 8;
constexpr unsigned kVarintBits = 64;
constexpr std::size_t kLongList = 15;  // a list of so many elements or more has a size of its own

}  // namespace

std::uint8_t CompactReader::Byte() {
  if (ok_ && at_ < bytes_.size()) return bytes_[at_++];
  ok_ = false;
  return 0;
}

std::uint64_t CompactReader::Varint() {
  const std::optional<std::uint64_t> value =
      ok_ ? ReadVarint(bytes_, at_, kVarintBits) : std::nullopt;
  ok_ = value.has_value();
  return value.value_or(0);
}

std::int64_t CompactReader::Integer() {
  const std::uint64_t zigzag = Varint();
  return static_cast<std::int64_t>((zigzag >> 1U) ^ (~(zigzag & 1U) + 1));
}

CompactReader::List CompactReader::ListHead() {
  const std::uint8_t head = Byte();
  const auto element = static_cast<Type>(head & 0x0FU);
  const std::uint64_t size = (head >> 4U) == kLongList ? Varint() : head >> 4U;
  // No element takes less than a byte.
  if (size > bytes_.size() - at_) ok_ = false;
  return ok_ ? List{element, size} : List{};
}

void CompactReader::Advance(std::uint64_t bytes) {
  if (bytes > bytes_.size() - at_) {
    ok_ = false;
  } else {
    at_ += bytes;
  }
}

void CompactReader::Skip(Type type, int depth) {
  using enum Type;
  if (depth == kMostDepth) ok_ = false;
  if (!ok_) return;
  switch (type) {
    case kTrue:
    case kFalse:
      return;
    case kByte:
      return Advance(1);
    case kInt16:
    case kInt32:
    case kInt64:
      static_cast<void>(Varint());
      return;
    case kDouble:
      return Advance(sizeof(double));
    case kBinary:
      return Advance(Varint());
    case kList:
    case kSet: {
      const List list = ListHead();
      return SkipElements(list.element, list.size, depth);
    }
    case kMap:
      return SkipMap(depth);
    case kStruct:
      return Struct([&](std::int64_t, Type field) {
        Skip(field, depth + 1);
        return true;
      });
    case kStop:
      break;
  }
  ok_ = false;
}

// Booleans, whose value is their type in a field, are a byte each here.
void CompactReader::SkipElements(Type type, std::uint64_t size, int depth) {
  const bool is_bool = type == Type::kTrue || type == Type::kFalse;
  for (std::uint64_t i = 0; i < size && ok_; ++i) {
    Skip(is_bool ? Type::kByte : type, depth + 1);
  }
}

void CompactReader::SkipMap(int depth) {
  const std::uint64_t size = Varint();
  if (size == 0) return;
  const std::uint8_t types = Byte();
  for (std::uint64_t i = 0; i < size && ok_; ++i) {
    SkipElements(static_cast<Type>(types >> 4U), 1, depth);
    SkipElements(static_cast<Type>(types & 0x0FU), 1, depth);
  }
}

}  // namespace pgattic::columnar
