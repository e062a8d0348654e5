#include "store/key_rules.h"

#include <gtest/gtest.h>

namespace pgattic::store {
namespace {

TEST(KeyRulesTest, TakesOrdinaryKeys) {
  for (const char* key : {"a", "a/b.parquet", "..a/b..", ".hidden", "year=2024/month=01/x",
                          ".pgattic-not", "a/.pgattic/b"}) {
    EXPECT_TRUE(ValidateKey(key).ok()) << key;
  }
  EXPECT_TRUE(ValidateKey(std::string(1024, 'k')).ok());
}

TEST(KeyRulesTest, RefusesKeysThatEscapeOrCannotBeStored) {
  for (const std::string& key :
       {std::string(), std::string("/a"), std::string("a/"), std::string("a//b"), std::string("."),
        std::string(".."), std::string("a/.."), std::string("a/./b"), std::string(".pgattic"),
        std::string(".pgattic/x"), std::string("a\0b", 3), std::string(1025, 'k')}) {
    EXPECT_TRUE(ValidateKey(key).Is(Code::kInvalidArgument)) << key;
  }
}

TEST(KeyRulesTest, RefusesMetadataThatNoHeaderCanCarry) {
  const auto with = [](const std::string& name, const std::string& value) {
    return ValidateWrite({.user_metadata = {{name, value}}});
  };
  EXPECT_TRUE(with("nonce", "a b").ok());
  EXPECT_TRUE(with("", "x").Is(Code::kInvalidArgument));
  EXPECT_TRUE(with("Upper", "x").Is(Code::kInvalidArgument));
  EXPECT_TRUE(with("a", "line\nbreak").Is(Code::kInvalidArgument));
  EXPECT_TRUE(with("a", " edge").Is(Code::kInvalidArgument));
  EXPECT_TRUE(with("a", "\xC3\xA4").Is(Code::kInvalidArgument));
  EXPECT_TRUE(with("a", std::string(2048, 'x')).Is(Code::kInvalidArgument));
}

TEST(KeyRulesTest, WantsOneConditionThatNamesSomething) {
  EXPECT_TRUE(ValidateWrite({.if_absent = true}).ok());
  EXPECT_TRUE(ValidateWrite({.if_absent = true, .if_match = "\"e\""}).Is(Code::kInvalidArgument));
  EXPECT_TRUE(ValidateWrite({.if_match = ""}).Is(Code::kInvalidArgument));
  EXPECT_TRUE(ValidateDelete({}).Is(Code::kInvalidArgument));
  EXPECT_TRUE(ValidateDelete({.version_id = "v"}).ok());
}

}  // namespace
}  // namespace pgattic::store
