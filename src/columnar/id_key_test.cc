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

TEST(IdKeyTest, RefusesFieldsOfAnotherLength) {
  IdKey key;
  EXPECT_FALSE(AssignIdKey(Transport::kInt64, AsBytes("1234"), key));
  EXPECT_FALSE(AssignIdKey(Transport::kInt16, AsBytes(""), key));
}

}  // namespace
}  // namespace pgattic::columnar
