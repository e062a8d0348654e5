#include "base/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <xxhash.h>

#include <charconv>
#include <vector>

#include "base/check.h"

namespace pgattic {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

std::string ToHexString(ByteView bytes) {
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    hex.push_back(kHexDigits[byte >> 4U]);
    hex.push_back(kHexDigits[byte & 0xFU]);
  }
  return hex;
}

void AppendHex(std::uint64_t word, std::string& out) {
  for (int shift = 60; shift >= 0; shift -= 4) {
    out.push_back(kHexDigits[(word >> static_cast<unsigned>(shift)) & 0xFU]);
  }
}

bool ParseHex(std::string_view hex, std::uint64_t& word) {
  const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), word, 16);
  return error == std::errc() && end == hex.data() + hex.size();
}

}  // namespace

struct Sha256::State {
  struct Free {
    void operator()(EVP_MD_CTX* taken) const { EVP_MD_CTX_free(taken); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  PGATTIC_CHECK(EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) == 1,
                "OpenSSL has no SHA-256");
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::Update(ByteView bytes) {
  PGATTIC_CHECK(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1,
                "SHA-256 update");
}

std::string Sha256::HexDigest() {
  std::array<std::uint8_t, 32> digest{};
  PGATTIC_CHECK(EVP_DigestFinal_ex(state_->context.get(), digest.data(), nullptr) == 1,
                "SHA-256 final");
  return ToHexString(digest);
}

std::string Sha256::Of(ByteView bytes) {
  Sha256 hash;
  hash.Update(bytes);
  return hash.HexDigest();
}

std::string HmacSha256(std::string_view key, ByteView bytes) {
  std::array<std::uint8_t, 32> digest{};
  PGATTIC_CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes.data(),
                     bytes.size(), digest.data(), nullptr) != nullptr,
                "HMAC-SHA-256");
  return ToHexString(digest);
}

std::string Sum128::ToHex() const {
  std::string hex;
  AppendHex(high, hex);
  AppendHex(low, hex);
  return hex;
}

Result<Sum128> Sum128::FromHex(std::string_view hex) {
  Sum128 sum;
  if (hex.size() != 32 || !ParseHex(hex.substr(0, 16), sum.high) ||
      !ParseHex(hex.substr(16), sum.low)) {
    return {Code::kInvalidArgument, "not a digest of 32 hex digits: '" + std::string(hex) + "'"};
  }
  return sum;
}

Sum128 HashRow(ByteView bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

std::string RandomHex(std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  PGATTIC_CHECK(RAND_bytes(bytes.data(), static_cast<int>(count)) == 1,
                "the system gives no random bytes");
  return ToHexString(bytes);
}

}  // namespace pgattic
