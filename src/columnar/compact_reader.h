// CompactReader: values of Thrift's compact protocol, in which Parquet writes its headers and
// indexes. Source: Apache Thrift, "Thrift Compact protocol encoding".
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/bytes.h"

namespace pgattic::columnar {

/// Reads values one after the other out of bytes that may be anything. What ends early or makes no
/// sense gives zeros and ok() == false from then on, so that it is enough to ask at the end.
/// Allocates nothing. The bytes outlive it. Not thread-safe.
class CompactReader {
 public:
  enum class Type : std::uint8_t {
    kStop = 0,
    kTrue = 1,
    kFalse = 2,
    kByte = 3,
    kInt16 = 4,
    kInt32 = 5,
    kInt64 = 6,
    kDouble = 7,
    kBinary = 8,
    kList = 9,
    kSet = 10,
    kMap = 11,
    kStruct = 12,
  };
  struct List {
    Type element = Type::kStop;
    std::size_t size = 0;
  };

  explicit CompactReader(ByteView bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  /// Bytes that were read.
  std::size_t position() const { return at_; }

  /// Reads a struct: hands each field to `on_field(id, type)`, which reads the value and returns
  /// true, or returns false, so that it is passed over. A boolean's type is its value.
  template <typename OnField>
  void Struct(const OnField& on_field) {
    std::int64_t id = 0;
    while (ok_) {
      const std::uint8_t head = Byte();
      const auto type = static_cast<Type>(head & 0x0FU);
      if (type == Type::kStop) return;
      id = (head >> 4U) != 0 ? id + (head >> 4U) : Integer();
      ok_ = ok_ && std::in_range<std::int16_t>(id);
      if (ok_ && !on_field(id, type)) Skip(type);
    }
  }
  /// Reads an i16, i32 or i64.
  std::int64_t Integer();
  /// Reads a list's head; its elements are to follow.
  List ListHead();

 private:
  std::uint8_t Byte();
  std::uint64_t Varint();
  void Advance(std::uint64_t bytes);
  void Skip(Type type, int depth = 0);
  void SkipElements(Type type, std::uint64_t size, int depth);
  void SkipMap(int depth);

  ByteView bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace pgattic::columnar
