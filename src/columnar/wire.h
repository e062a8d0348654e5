// Wire: big-endian integers, as PostgreSQL's binary formats write them.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

#include "base/bytes.h"

namespace pgattic::columnar {

static_assert(std::endian::native == std::endian::little,
              "Parquet's plain values are little-endian and are read in place");

namespace internal {
template <std::unsigned_integral T>
T Swap(T word) {
  if constexpr (sizeof word == 8) return __builtin_bswap64(word);
  if constexpr (sizeof word == 4) return __builtin_bswap32(word);
  if constexpr (sizeof word == 2) return __builtin_bswap16(word);
  return word;
}
}  // namespace internal

/// Reads a big-endian integer. REQUIRES: sizeof(T) readable bytes.
template <std::integral T>
T LoadBig(const std::uint8_t* bytes) {
  std::make_unsigned_t<T> word;
  std::memcpy(&word, bytes, sizeof word);
  return static_cast<T>(internal::Swap(word));
}

/// Appends `value`, big-endian.
template <std::integral T>
void AppendBig(T value, std::string& out) {
  const auto word = internal::Swap(static_cast<std::make_unsigned_t<T>>(value));
  std::array<char, sizeof word> bytes;
  std::memcpy(bytes.data(), &word, sizeof word);
  out.append(bytes.data(), bytes.size());
}

/// Appends `value` as a field of COPY BINARY: its length, then itself.
template <std::integral T>
void AppendField(T value, std::string& out) {
  AppendBig(static_cast<std::int32_t>(sizeof value), out);
  AppendBig(value, out);
}

/// Appends `bytes` as a field of COPY BINARY. REQUIRES: fewer than 2^31 bytes.
inline void AppendField(ByteView bytes, std::string& out) {
  AppendBig(static_cast<std::int32_t>(bytes.size()), out);
  out.append(AsText(bytes));
}

/// Appends a NULL field of COPY BINARY.
inline void AppendNullField(std::string& out) { AppendBig(std::int32_t{-1}, out); }

}  // namespace pgattic::columnar
