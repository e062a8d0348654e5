#include "columnar/codec.h"

#include <arrow/util/utf8.h>

namespace pgattic::columnar {
namespace {

// PostgreSQL counts from 2000-01-01, Parquet from 1970-01-01.
constexpr std::int32_t kEpochDays = 10'957;
constexpr std::int64_t kMicrosPerDay = 86'400'000'000;
constexpr std::int64_t kEpochMicros = kEpochDays * kMicrosPerDay;

constexpr std::int32_t kFirstDay = -719'162;  // 0001-01-01
constexpr std::int32_t kLastDay = 2'932'896;  // 9999-12-31
constexpr std::int64_t kFirstMicro = kFirstDay * kMicrosPerDay;
constexpr std::int64_t kLastMicro = kLastDay * kMicrosPerDay + (kMicrosPerDay - 1);

constexpr std::uint8_t kJsonbVersion = 1;

bool IsDate(std::int32_t days) { return days >= kFirstDay && days <= kLastDay; }
bool IsTime(std::int64_t micros) { return micros >= 0 && micros < kMicrosPerDay; }
bool IsTimestamp(std::int64_t micros) { return micros >= kFirstMicro && micros <= kLastMicro; }

ByteView BytesOf(const parquet::ByteArray& value) { return {value.ptr, value.len}; }

parquet::ByteArray ByteArrayOf(ByteView bytes) {
  return {static_cast<std::uint32_t>(bytes.size()), bytes.data()};
}

bool FitsField(const parquet::ByteArray& value) {
  return value.len < static_cast<std::uint32_t>(INT32_MAX);
}

bool IsUtf8(ByteView text) {
  // Arrow's tables are empty, and let everything pass, until they are made.
  static const bool tables_made = [] {
    arrow::util::InitializeUTF8();
    return true;
  }();
  return tables_made &&
         arrow::util::ValidateUTF8(text.data(), static_cast<std::int64_t>(text.size()));
}

Decoded DecodeText(ByteView text, parquet::ByteArray& value) {
  if (!IsUtf8(text)) return Decoded::kNotUtf8;
  value = ByteArrayOf(text);
  return Decoded::kOk;
}

bool AppendBytes(const parquet::ByteArray& value, std::string& out) {
  out.append(AsText(BytesOf(value)));
  return true;
}

}  // namespace

Decoded DateCodec::Decode(ByteView field, std::int32_t& value, std::uint8_t*) {
  if (field.size() != sizeof value) return Decoded::kMalformed;
  const auto days = LoadBig<std::int32_t>(field.data());
  // Infinity is INT32_MIN and INT32_MAX.
  if (days < kFirstDay - kEpochDays || days > kLastDay - kEpochDays) {
    return Decoded::kOutOfRange;
  }
  value = days + kEpochDays;
  return Decoded::kOk;
}

bool DateCodec::Encode(std::int32_t value, std::string& out) {
  if (!IsDate(value)) return false;
  AppendField(value - kEpochDays, out);
  return true;
}

bool DateCodec::ToText(std::int32_t value, std::string& out) {
  if (!IsDate(value)) return false;
  AppendDate(value, out);
  return true;
}

Decoded TimeCodec::Decode(ByteView field, std::int64_t& value, std::uint8_t*) {
  if (field.size() != sizeof value) return Decoded::kMalformed;
  value = LoadBig<std::int64_t>(field.data());
  if (value < 0 || value > kMicrosPerDay) return Decoded::kMalformed;
  return IsTime(value) ? Decoded::kOk : Decoded::kOutOfRange;
}

bool TimeCodec::Encode(std::int64_t value, std::string& out) {
  if (!IsTime(value)) return false;
  AppendField(value, out);
  return true;
}

bool TimeCodec::ToText(std::int64_t value, std::string& out) {
  if (!IsTime(value)) return false;
  AppendTimeOfDay(value, out);
  return true;
}

Decoded TimestampCodec::Decode(ByteView field, std::int64_t& value, std::uint8_t*) {
  if (field.size() != sizeof value) return Decoded::kMalformed;
  const auto micros = LoadBig<std::int64_t>(field.data());
  // Infinity is INT64_MIN and INT64_MAX.
  if (micros < kFirstMicro - kEpochMicros || micros > kLastMicro - kEpochMicros) {
    return Decoded::kOutOfRange;
  }
  value = micros + kEpochMicros;
  return Decoded::kOk;
}

bool TimestampCodec::Encode(std::int64_t value, std::string& out) {
  if (!IsTimestamp(value)) return false;
  AppendField(value - kEpochMicros, out);
  return true;
}

bool TimestampCodec::ToText(std::int64_t value, std::string& out) const {
  if (!IsTimestamp(value)) return false;
  AppendTimestamp(value, out);
  if (with_zone) out.append("+00");
  return true;
}

Decoded StringCodec::Decode(ByteView field, parquet::ByteArray& value, std::uint8_t*) {
  return DecodeText(field, value);
}

bool StringCodec::Encode(const parquet::ByteArray& value, std::string& out) {
  return BinaryCodec::Encode(value, out);
}

bool StringCodec::ToText(const parquet::ByteArray& value, std::string& out) {
  return AppendBytes(value, out);
}

Decoded JsonbCodec::Decode(ByteView field, parquet::ByteArray& value, std::uint8_t*) {
  if (field.empty() || field[0] != kJsonbVersion) return Decoded::kMalformed;
  return DecodeText(field.subspan(1), value);
}

bool JsonbCodec::Encode(const parquet::ByteArray& value, std::string& out) {
  if (!FitsField(value)) return false;
  AppendBig(static_cast<std::int32_t>(value.len) + 1, out);
  out.push_back(static_cast<char>(kJsonbVersion));
  return AppendBytes(value, out);
}

bool JsonbCodec::ToText(const parquet::ByteArray& value, std::string& out) {
  return AppendBytes(value, out);
}

Decoded BinaryCodec::Decode(ByteView field, parquet::ByteArray& value, std::uint8_t*) {
  value = ByteArrayOf(field);
  return Decoded::kOk;
}

bool BinaryCodec::Encode(const parquet::ByteArray& value, std::string& out) {
  if (!FitsField(value)) return false;
  AppendField(BytesOf(value), out);
  return true;
}

bool BinaryCodec::ToText(const parquet::ByteArray& value, std::string& out) {
  AppendBytea(BytesOf(value), out);
  return true;
}

}  // namespace pgattic::columnar
