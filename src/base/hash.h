// Hashes: SHA-256 for what is stored, XXH3-128 for what is compared within one run.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace pgattic {

/// Incremental SHA-256 (FIPS 180-4). Not thread-safe.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void Update(ByteView bytes);
  /// Returns 64 lower-case hex digits. REQUIRES: called once, last.
  std::string HexDigest();

  /// Returns the digest of `bytes` in hex.
  static std::string Of(ByteView bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Returns the HMAC-SHA-256 (RFC 2104) of `bytes` under `key`: 64 lower-case hex digits.
std::string HmacSha256(std::string_view key, ByteView bytes);

/// An unsigned 128-bit number, added and subtracted modulo 2^128.
struct Sum128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  void Add(const Sum128& other) {
    low += other.low;
    high += other.high + (low < other.low ? 1 : 0);
  }
  void Subtract(const Sum128& other) {
    high -= other.high + (low < other.low ? 1 : 0);
    low -= other.low;
  }
  bool operator==(const Sum128&) const = default;
  /// Returns 32 lower-case hex digits.
  std::string ToHex() const;
  /// Returns InvalidArgument unless `hex` is 32 hex digits.
  static Result<Sum128> FromHex(std::string_view hex);
};

/// Returns the XXH3 128-bit hash of `bytes` (xxHash specification, seed 0).
Sum128 HashRow(ByteView bytes);

/// Count and sum of row hashes: equal for equal multisets of rows in any order.
struct RowDigest {
  std::int64_t rows = 0;
  Sum128 sum;

  void AddRow(ByteView canonical_row) {
    ++rows;
    sum.Add(HashRow(canonical_row));
  }
  void Add(const RowDigest& other) {
    rows += other.rows;
    sum.Add(other.sum);
  }
  /// Takes away rows that were added before.
  void Subtract(const RowDigest& other) {
    rows -= other.rows;
    sum.Subtract(other.sum);
  }
  bool operator==(const RowDigest&) const = default;
};

/// Returns `count` random bytes from the system as lower-case hex.
std::string RandomHex(std::size_t count);

}  // namespace pgattic
