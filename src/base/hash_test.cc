#include "base/hash.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace pgattic {
namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

// Source: FIPS 180-4 examples.
TEST(Sha256, GivesTheDigestsOfTheStandard) {
  EXPECT_EQ(Sha256::Of(AsBytes("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256::Of(AsBytes("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, DoesNotCareHowTheBytesAreCut) {
  const std::string text(100'000, 'x');
  for (const std::size_t cut : {std::size_t{1}, std::size_t{63}, std::size_t{64}}) {
    Sha256 hash;
    hash.Update(AsBytes(text.substr(0, cut)));
    hash.Update({});
    hash.Update(AsBytes(text.substr(cut)));
    EXPECT_EQ(hash.HexDigest(), Sha256::Of(AsBytes(text)));
  }
}

TEST(Sha256, GoesOnAfterAMove) {
  Sha256 first;
  first.Update(AsBytes("a"));
  Sha256 second = std::move(first);
  second.Update(AsBytes("bc"));
  EXPECT_EQ(second.HexDigest(), Sha256::Of(AsBytes("abc")));
}

// Source: RFC 4231, test case 2.
TEST(HmacSha256, GivesTheDigestOfTheStandard) {
  EXPECT_EQ(HmacSha256("Jefe", AsBytes("what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(RowDigest, GivesBackWhatWasAdded) {
  RowDigest all;
  all.AddRow(AsBytes("a"));
  RowDigest rest;
  rest.AddRow(AsBytes("b"));
  const RowDigest before = all;
  all.Add(rest);
  all.Subtract(rest);
  EXPECT_EQ(all, before);
  Sum128 sum{0, 1};
  sum.Subtract({0, 2});
  EXPECT_EQ(sum, (Sum128{kMax, kMax}));
}

TEST(Sum128, CarriesIntoTheHighWord) {
  Sum128 sum{0, kMax};
  sum.Add({0, 1});
  EXPECT_EQ(sum, (Sum128{1, 0}));
}

TEST(Sum128, WrapsAround) {
  Sum128 sum{kMax, kMax};
  sum.Add({0, 2});
  EXPECT_EQ(sum, (Sum128{0, 1}));
}

TEST(Sum128, HexIsOfFixedLengthAndReadsBack) {
  const Sum128 sum{0x0123456789abcdefULL, 0xfULL};
  EXPECT_EQ(sum.ToHex(), "0123456789abcdef000000000000000f");
  EXPECT_EQ(Sum128::FromHex(sum.ToHex()).value(), sum);
}

TEST(Sum128, RefusesWhatIsNot32HexDigits) {
  for (const std::string text :
       {"", "0123456789abcdef", "0123456789abcdef000000000000000g",
        "0123456789abcdef000000000000000", "0123456789abcdef000000000000000ff",
        "-123456789abcdef000000000000000f", "0x23456789abcdef000000000000000f",
        "0123456789abcdef 00000000000000f"}) {
    EXPECT_TRUE(Sum128::FromHex(text).Is(Code::kInvalidArgument)) << text;
  }
}

// Source: xxHash, `printf abc | xxhsum -H2`; proofs that are stored depend on it.
TEST(HashRow, IsXxh3Of128Bits) {
  EXPECT_EQ(HashRow(AsBytes("")).ToHex(), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(HashRow(AsBytes("abc")).ToHex(), "06b05ab6733a618578af5f94892f3950");
}

RowDigest DigestOf(std::initializer_list<std::string_view> rows) {
  RowDigest digest;
  for (const std::string_view row : rows) digest.AddRow(AsBytes(row));
  return digest;
}

TEST(RowDigest, DoesNotCareForOrder) {
  EXPECT_EQ(DigestOf({"a", "b", "c"}), DigestOf({"c", "a", "b"}));
}

TEST(RowDigest, SeesALostAChangedAndADoubledRow) {
  const RowDigest digest = DigestOf({"a", "b", "c"});
  EXPECT_FALSE(digest == DigestOf({"a", "b"}));
  EXPECT_FALSE(digest == DigestOf({"a", "b", "d"}));
  EXPECT_FALSE(digest == DigestOf({"a", "b", "c", "c"}));
  EXPECT_FALSE(DigestOf({"a", "a"}) == DigestOf({"b", "b"}));
  EXPECT_FALSE(DigestOf({"ab", "c"}) == DigestOf({"a", "bc"}));
}

TEST(RowDigest, OfPartsAddsUpToThatOfTheWhole) {
  RowDigest sum = DigestOf({"a", "b"});
  sum.Add(DigestOf({"c"}));
  EXPECT_EQ(sum, DigestOf({"a", "b", "c"}));
  EXPECT_EQ(sum.rows, 3);
}

TEST(RandomHex, IsOfTheLengthAskedForAndNeverTheSame) {
  EXPECT_EQ(RandomHex(16).size(), 32U);
  EXPECT_EQ(RandomHex(16).find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(RandomHex(16), RandomHex(16));
}

}  // namespace
}  // namespace pgattic
