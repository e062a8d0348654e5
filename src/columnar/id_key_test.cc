#include "columnar/id_key.h"

#include <gtest/gtest.h>

#include "columnar/test_support.h"

namespace pgattic::columnar {
namespace {

using model::Transport;

TEST(IdKeyTest, OrdersTextByUnsignedBytes) {
  const auto key = [](const char* text) { return *IdKeyFromText(Transport::kString, text); };
  EXPECT_LT(key("A"), key("a"));
  EXPECT_LT(key("a"), key("ä"));
  EXPECT_LT(key(""), key("a"));
  EXPECT_LT(key("a"), key("aa"));
  EXPECT_EQ(key("a"), key("a"));
}

TEST(IdKeyTest, OrdersIntegersByValue) {
  const auto key = [](const char* text) { return *IdKeyFromText(Transport::kInt64, text); };
  EXPECT_LT(key("9"), key("10"));
  EXPECT_LT(key("-10"), key("-9"));
}

TEST(IdKeyTest, RefusesTextThatTheTypeCannotHold) {
  EXPECT_FALSE(IdKeyFromText(Transport::kInt16, "32768"));
  EXPECT_FALSE(IdKeyFromText(Transport::kInt32, "2147483648"));
  EXPECT_FALSE(IdKeyFromText(Transport::kOid, "-1"));
  EXPECT_FALSE(IdKeyFromText(Transport::kInt64, "9223372036854775808"));
  EXPECT_FALSE(IdKeyFromText(Transport::kInt64, "1 "));
  EXPECT_FALSE(IdKeyFromText(Transport::kInt64, ""));
  EXPECT_TRUE(IdKeyFromText(Transport::kOid, "4294967295"));
}

TEST(IdKeyTest, FieldsPlainValuesAndTextsAgree) {
  const auto field_key = [](Transport transport, const testing::Field& field) {
    IdKey key;
    EXPECT_TRUE(AssignIdKey(transport, AsBytes(*field), key));
    return key;
  };
  EXPECT_EQ(field_key(Transport::kInt16, testing::Big(std::int16_t{-2})),
            IdKeyFromText(Transport::kInt16, "-2"));
  EXPECT_EQ(field_key(Transport::kOid, testing::Big(std::uint32_t{4000000000U})),
            IdKeyFromText(Transport::kOid, "4000000000"));
  EXPECT_EQ(IdKeyFromPlain(Transport::kInt32, std::string_view("\x01\0\0\0", 4)),
            IdKeyFromText(Transport::kInt32, "1"));
  EXPECT_EQ(IdKeyFromPlain(Transport::kInt64, std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff")),
            IdKeyFromText(Transport::kInt64, "-1"));
  EXPECT_FALSE(IdKeyFromPlain(Transport::kInt64, "short"));
  EXPECT_EQ(IdText(Transport::kInt64, field_key(Transport::kInt64, testing::Big(std::int64_t{7}))),
            "7");
  EXPECT_EQ(IdText(Transport::kText, field_key(Transport::kText, testing::Text("x"))), "x");
}

/// The ranges that may hold `id`, as digits.
std::string Holders(const std::vector<IdBounds>& ranges, std::int64_t id) {
  std::string holders;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (MayBeIn(ranges, i, IdKey{.number = id})) holders += std::to_string(i);
  }
  return holders;
}

IdBounds Between(std::int64_t least, std::int64_t most) {
  return {IdKey{.number = least}, IdKey{.number = most}};
}

TEST(IdBoundsTest, ARangeIsNamedByItsBoundsAndAGapByBothSides) {
  const std::vector<IdBounds> ranges = {Between(10, 20), Between(20, 30), Between(40, 50)};
  EXPECT_EQ(Holders(ranges, 9), "0");
  EXPECT_EQ(Holders(ranges, 10), "0");
  EXPECT_EQ(Holders(ranges, 19), "0");
  EXPECT_EQ(Holders(ranges, 20), "01");
  EXPECT_EQ(Holders(ranges, 25), "1");
  EXPECT_EQ(Holders(ranges, 35), "12");
  EXPECT_EQ(Holders(ranges, 40), "12");
  EXPECT_EQ(Holders(ranges, 41), "2");
  EXPECT_EQ(Holders(ranges, 51), "2");
  EXPECT_EQ(Holders({}, 1), "");
}

TEST(IdBoundsTest, AnUnknownRangeMayHoldAnyId) {
  const std::vector<IdBounds> ranges = {Between(10, 20), {}, Between(40, 50)};
  EXPECT_EQ(Holders(ranges, 15), "012");  // What lies before the last is not known.
  EXPECT_EQ(Holders(ranges, 30), "012");
  EXPECT_EQ(Holders({{}}, 1), "0");
}

// Whatever one bound says, the range that has the id is named.
TEST(IdBoundsTest, NoSingleWrongBoundHidesAnId) {
  const std::vector<IdBounds> ranges = {Between(10, 20), Between(20, 20), Between(20, 30),
                                        Between(31, 40), Between(45, 50)};
  for (std::size_t wrong = 0; wrong < 2 * ranges.size(); ++wrong) {
    for (std::int64_t value = 0; value < 60; ++value) {
      std::vector<IdBounds> damaged = ranges;
      IdBounds& bounds = damaged[wrong / 2];
      (wrong % 2 == 0 ? bounds.least : bounds.most)->number = value;
      for (std::size_t i = 0; i < ranges.size(); ++i) {
        for (std::int64_t id = ranges[i].least->number; id <= ranges[i].most->number; ++id) {
          ASSERT_TRUE(MayBeIn(damaged, i, IdKey{.number = id}))
              << wrong << " " << value << " " << id;
        }
      }
    }
  }
}

TEST(IdKeyTest, RefusesFieldsOfAnotherLength) {
  IdKey key;
  EXPECT_FALSE(AssignIdKey(Transport::kInt64, AsBytes("1234"), key));
  EXPECT_FALSE(AssignIdKey(Transport::kInt16, AsBytes(""), key));
}

}  // namespace
}  // namespace pgattic::columnar
