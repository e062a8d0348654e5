#include "columnar/id_filter.h"

#include <gtest/gtest.h>

#include <string>

namespace pgattic::columnar {
namespace {

IdFilter Filled(int ids) {
  IdFilter filter = IdFilter::Make(ids);
  for (int i = 0; i < ids; ++i) filter.Insert("id" + std::to_string(i));
  return filter;
}

TEST(IdFilterTest, NeverDeniesAnIdThatItHolds) {
  const IdFilter filter = Filled(20'000);
  for (int i = 0; i < 20'000; ++i) ASSERT_TRUE(filter.MayContain("id" + std::to_string(i)));
}

TEST(IdFilterTest, IsWrongForAtMostOneInFiveThousand) {
  for (const int ids : {100, 10'000, 300'000}) {
    const IdFilter filter = Filled(ids);
    int wrong = 0;
    constexpr int kProbes = 100'000;
    for (int i = 0; i < kProbes; ++i)
      wrong += filter.MayContain("other" + std::to_string(i)) ? 1 : 0;
    EXPECT_LE(wrong, kProbes / 5000) << ids;
  }
}

TEST(IdFilterTest, AnEmptyFilterHoldsNothing) {
  EXPECT_FALSE(IdFilter::Make(0).MayContain("a"));
  EXPECT_FALSE(IdFilter::Make(-5).MayContain(""));
}

TEST(IdFilterTest, ComesBackFromItsBytes) {
  const std::string bytes = Filled(1000).Serialize();
  const auto parsed = IdFilter::Parse(bytes);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->Serialize(), bytes);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(parsed->MayContain("id" + std::to_string(i)));
}

// The bytes are stored: another answer to the same bytes would make rows unfindable.
TEST(IdFilterTest, ItsFormatStaysAsItIs) {
  IdFilter filter = IdFilter::Make(1);
  filter.Insert("a");
  std::string hex;
  for (const char c : filter.Serialize()) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const auto byte = static_cast<std::uint8_t>(c);
    hex.push_back(kDigits[byte >> 4U]);
    hex.push_back(kDigits[byte & 0xFU]);
  }
  EXPECT_EQ(hex,
            "5047414944463032000000000000000199aa06d3014798d86001c324468d497f0000008000000008"
            "000000100000400000400000000040000010000001000000aa70785cd63351f26dbe3c402b3abc4e");
}

TEST(IdFilterTest, RefusesDamage) {
  const std::string bytes = Filled(50).Serialize();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] ^= 1;
    EXPECT_TRUE(IdFilter::Parse(damaged).Is(Code::kCorruption)) << i;
    EXPECT_TRUE(IdFilter::Parse(bytes.substr(0, i)).Is(Code::kCorruption)) << i;
  }
  EXPECT_TRUE(IdFilter::Parse(bytes + "x").Is(Code::kCorruption));
}

TEST(IdFilterTest, KnowsWhosePartItIs) {
  IdFilter filter = IdFilter::Make(10, "ab12");
  filter.Insert("x");
  const auto parsed = IdFilter::Parse(filter.Serialize());
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(parsed->IsOf("ab12"));
  EXPECT_FALSE(parsed->IsOf("ab13"));
  EXPECT_TRUE(parsed->MayContain("x"));
}

}  // namespace
}  // namespace pgattic::columnar
