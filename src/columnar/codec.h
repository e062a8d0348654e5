// Codecs: one struct per Transport that carries a value from a field of COPY BINARY to
// Parquet's physical value, back to the very same bytes, and to PostgreSQL's text.
//
// A codec has
//   using DType                      Parquet's physical type;
//   kNarrow                          whether the file keeps statistics of such a column;
//   Decode(field, value, scratch)    field → value; the value may point into `field` or into
//                                    `scratch` (kScratchBytes bytes that live as long);
//   Encode(value, out)               appends length and bytes of the COPY field; false when
//                                    the value is none that Decode can have made;
//   ToText(value, out)               appends PostgreSQL's text; false likewise.
// They hold no state but the type's shape, and are thread-safe.
#pragma once

#include <parquet/types.h>

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "base/bytes.h"
#include "columnar/pg_text.h"
#include "columnar/wire.h"
#include "model/column.h"

namespace pgattic::columnar {

/// What became of a field.
enum class Decoded {
  kOk,
  kMalformed,   ///< Not what the type's send function writes.
  kOutOfRange,  ///< Right, but Arrow's type cannot hold it exactly.
  kNotUtf8,     ///< Text that no Parquet reader could read.
};

inline constexpr std::size_t kScratchBytes = 16;

/// bool.
struct BoolCodec {
  using DType = parquet::BooleanType;
  static constexpr bool kNarrow = true;
  static Decoded Decode(ByteView field, bool& value, std::uint8_t*) {
    if (field.size() != 1 || field[0] > 1) return Decoded::kMalformed;
    value = field[0] == 1;
    return Decoded::kOk;
  }
  static bool Encode(bool value, std::string& out) {
    AppendField(static_cast<std::uint8_t>(value ? 1 : 0), out);
    return true;
  }
  static bool ToText(bool value, std::string& out) {
    out.push_back(value ? 't' : 'f');
    return true;
  }
};

/// Integers: int2, int4, int8, oid, money. Wire is the integer that PostgreSQL sends.
template <typename Wire, typename ParquetType>
struct IntegerCodec {
  using DType = ParquetType;
  using Value = typename DType::c_type;
  static constexpr bool kNarrow = true;
  static Decoded Decode(ByteView field, Value& value, std::uint8_t*) {
    if (field.size() != sizeof(Wire)) return Decoded::kMalformed;
    value = LoadBig<Wire>(field.data());
    return Decoded::kOk;
  }
  static bool Encode(Value value, std::string& out) {
    if (!std::in_range<Wire>(value)) return false;
    AppendField(static_cast<Wire>(value), out);
    return true;
  }
  static bool ToText(Value value, std::string& out) {
    AppendInteger(value, out);
    return std::in_range<Wire>(value);
  }
};

/// float4 and float8. The bits travel as they are, those of a NaN too.
template <typename Bits, typename ParquetType>
struct FloatCodec {
  using DType = ParquetType;
  using Value = typename DType::c_type;
  static constexpr bool kNarrow = true;
  static Decoded Decode(ByteView field, Value& value, std::uint8_t*) {
    if (field.size() != sizeof(Bits)) return Decoded::kMalformed;
    value = std::bit_cast<Value>(LoadBig<Bits>(field.data()));
    return Decoded::kOk;
  }
  static bool Encode(Value value, std::string& out) {
    AppendField(std::bit_cast<Bits>(value), out);
    return true;
  }
  static bool ToText(Value value, std::string& out) {
    if constexpr (std::is_same_v<Value, float>) {
      AppendFloat(value, out);
    } else {
      AppendDouble(value, out);
    }
    return true;
  }
};

/// date, as days since 1970. Years 1 to 9999.
struct DateCodec {
  using DType = parquet::Int32Type;
  static constexpr bool kNarrow = true;
  static Decoded Decode(ByteView field, std::int32_t& value, std::uint8_t*);
  static bool Encode(std::int32_t value, std::string& out);
  static bool ToText(std::int32_t value, std::string& out);
};

/// time, as microseconds since midnight. 24:00 is out of range.
struct TimeCodec {
  using DType = parquet::Int64Type;
  static constexpr bool kNarrow = true;
  static Decoded Decode(ByteView field, std::int64_t& value, std::uint8_t*);
  static bool Encode(std::int64_t value, std::string& out);
  static bool ToText(std::int64_t value, std::string& out);
};

/// timestamp and timestamptz, as microseconds since 1970 (UTC). Years 1 to 9999.
struct TimestampCodec {
  using DType = parquet::Int64Type;
  static constexpr bool kNarrow = true;
  bool with_zone = false;
  static Decoded Decode(ByteView field, std::int64_t& value, std::uint8_t*);
  static bool Encode(std::int64_t value, std::string& out);
  bool ToText(std::int64_t value, std::string& out) const;
};

/// numeric(p,s), as a big-endian two's complement number of `width` bytes, times 10^-s.
struct DecimalCodec {
  using DType = parquet::FLBAType;
  static constexpr bool kNarrow = true;
  std::int32_t precision = 1;
  std::int32_t scale = 0;
  std::int32_t width = 1;

  static DecimalCodec Of(std::int32_t typmod);
  Decoded Decode(ByteView field, parquet::FLBA& value, std::uint8_t* scratch) const;
  bool Encode(parquet::FLBA value, std::string& out) const;
  bool ToText(parquet::FLBA value, std::string& out) const;
};

/// Text of every kind.
struct StringCodec {
  using DType = parquet::ByteArrayType;
  static constexpr bool kNarrow = false;
  static Decoded Decode(ByteView field, parquet::ByteArray& value, std::uint8_t*);
  static bool Encode(const parquet::ByteArray& value, std::string& out);
  static bool ToText(const parquet::ByteArray& value, std::string& out);
};

/// jsonb: a version byte, then text.
struct JsonbCodec {
  using DType = parquet::ByteArrayType;
  static constexpr bool kNarrow = false;
  static Decoded Decode(ByteView field, parquet::ByteArray& value, std::uint8_t*);
  static bool Encode(const parquet::ByteArray& value, std::string& out);
  static bool ToText(const parquet::ByteArray& value, std::string& out);
};

/// bytea.
struct BinaryCodec {
  using DType = parquet::ByteArrayType;
  static constexpr bool kNarrow = false;
  static Decoded Decode(ByteView field, parquet::ByteArray& value, std::uint8_t*);
  static bool Encode(const parquet::ByteArray& value, std::string& out);
  static bool ToText(const parquet::ByteArray& value, std::string& out);
};

using Int16Codec = IntegerCodec<std::int16_t, parquet::Int32Type>;
using Int32Codec = IntegerCodec<std::int32_t, parquet::Int32Type>;
using Int64Codec = IntegerCodec<std::int64_t, parquet::Int64Type>;
using OidCodec = IntegerCodec<std::uint32_t, parquet::Int64Type>;
using Float32Codec = FloatCodec<std::uint32_t, parquet::FloatType>;
using Float64Codec = FloatCodec<std::uint64_t, parquet::DoubleType>;

/// Calls `visit` with the codec of a column, and returns what it returns.
template <typename Visitor>
auto VisitCodec(const model::Column& column, Visitor&& visit) {
  using enum model::Transport;
  switch (column.transport) {
    case kBool:
      return visit(BoolCodec{});
    case kInt16:
      return visit(Int16Codec{});
    case kInt32:
      return visit(Int32Codec{});
    case kInt64:
    case kMoney:
      return visit(Int64Codec{});
    case kOid:
      return visit(OidCodec{});
    case kFloat32:
      return visit(Float32Codec{});
    case kFloat64:
      return visit(Float64Codec{});
    case kDecimal:
      return visit(DecimalCodec::Of(column.type.typmod));
    case kDate:
      return visit(DateCodec{});
    case kTime:
      return visit(TimeCodec{});
    case kTimestamp:
      return visit(TimestampCodec{.with_zone = false});
    case kTimestampTz:
      return visit(TimestampCodec{.with_zone = true});
    case kJsonb:
      return visit(JsonbCodec{});
    case kBinary:
      return visit(BinaryCodec{});
    case kString:
    case kText:
      break;
  }
  return visit(StringCodec{});
}

}  // namespace pgattic::columnar
