#include "cache/cached_value.h"

#include <gtest/gtest.h>

#include <limits>

namespace pgattic::cache {
namespace {

constexpr std::size_t kMax = std::size_t{1} << 20;

std::string MustEncode(std::string_view key, std::string_view value) {
  Result<std::string> stored = EncodeValue(key, value);
  EXPECT_TRUE(stored.ok()) << stored.status().ToString();
  return stored.ok() ? *stored : std::string();
}

TEST(CachedValueTest, GivesBackWhatWasPut) {
  std::string all_bytes;
  for (int i = 0; i < 256; ++i) all_bytes.push_back(static_cast<char>(i));
  for (const std::string& value :
       {std::string(), std::string("{\"a\": 1}"), all_bytes, std::string(100'000, 'x')}) {
    EXPECT_EQ(DecodeValue("k", MustEncode("k", value), kMax), value);
  }
}

TEST(CachedValueTest, IsSmallerThanWhatRepeats) {
  EXPECT_LT(MustEncode("k", std::string(100'000, 'x')).size(), 1000U);
}

TEST(CachedValueTest, TakesAValueOfAnotherKeyForNone) {
  EXPECT_FALSE(DecodeValue("k2", MustEncode("k1", "value"), kMax).has_value());
}

TEST(CachedValueTest, TakesAnyFlippedBitForNone) {
  const std::string stored = MustEncode("k", "a value with some text in it");
  for (std::size_t i = 0; i < stored.size() * 8; ++i) {
    std::string damaged = stored;
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << (i % 8)));
    EXPECT_FALSE(DecodeValue("k", damaged, kMax).has_value()) << "bit " << i;
  }
}

TEST(CachedValueTest, TakesAnyOtherLengthForNone) {
  const std::string stored = MustEncode("k", "a value with some text in it");
  for (std::size_t length = 0; length < stored.size(); ++length) {
    EXPECT_FALSE(DecodeValue("k", stored.substr(0, length), kMax).has_value()) << length;
  }
  EXPECT_FALSE(DecodeValue("k", stored + '\0', kMax).has_value());
}

TEST(CachedValueTest, TakesWhatOthersWroteForNone) {
  for (const char* garbage : {"", "0", "{\"json\": true}", "\x01", "\x01garbage-garbage-garbage"}) {
    EXPECT_FALSE(DecodeValue("k", garbage, kMax).has_value()) << garbage;
  }
}

TEST(CachedValueTest, DoesNotUnpackMoreThanItsBound) {
  const std::string stored = MustEncode("k", std::string(1001, 'x'));
  EXPECT_TRUE(DecodeValue("k", stored, 1001).has_value());
  EXPECT_FALSE(DecodeValue("k", stored, 1000).has_value());
}

}  // namespace
}  // namespace pgattic::cache
