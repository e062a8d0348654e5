#include "catalog/id_text.h"

#include <gtest/gtest.h>

namespace pgattic::catalog {
namespace {

TEST(IdText, KnowsIntegersByTheirValue) {
  for (const char* text : {"7", "007", "+7", " 7\n", "0x7", "0b111", "0o7", "0_7", "0x_7"}) {
    EXPECT_EQ(CanonicalId(IdKind::kInteger, text), "7") << text;
  }
  EXPECT_EQ(CanonicalId(IdKind::kInteger, "-0"), "0");
  EXPECT_EQ(CanonicalId(IdKind::kInteger, "-9223372036854775808"), "-9223372036854775808");
  for (const char* text : {"", " ", "+", "--7", "7a", "7.0", "0x", "7__0", "_7", "7_", "1 2",
                           "9223372036854775808", "-9223372036854775809", "0x1_", "+ 7"}) {
    EXPECT_FALSE(CanonicalId(IdKind::kInteger, text)) << text;
  }
}

TEST(IdText, KnowsUuidsByTheirDigits) {
  const std::string uuid = "6f9619ff-8b86-d011-b42d-00c04fc964ff";
  for (const char* text :
       {"6F9619FF-8B86-D011-B42D-00C04FC964FF", "{6f9619ff-8b86-d011-b42d-00c04fc964ff}",
        "6f9619ff8b86d011b42d00c04fc964ff", "6f96-19ff-8b86-d011-b42d-00c0-4fc9-64ff"}) {
    EXPECT_EQ(CanonicalId(IdKind::kUuid, text), uuid) << text;
  }
  for (const char* text :
       {"", "{}", "6f9619ff-8b86-d011-b42d-00c04fc964f", "6f9619ff-8b86-d011-b42d-00c04fc964ff-",
        "-6f9619ff8b86d011b42d00c04fc964ff", "6f9619ff--8b86-d011-b42d-00c04fc964ff",
        "{6f9619ff-8b86-d011-b42d-00c04fc964ff", "6f9619ff-8b86-d011-b42d-00c04fc964ff ",
        "6f9619ff-8b86-d011-b42d-00c04fc964fg"}) {
    EXPECT_FALSE(CanonicalId(IdKind::kUuid, text)) << text;
  }
}

TEST(IdText, TakesTextAsItIsWhereItIsText) {
  EXPECT_EQ(CanonicalId(IdKind::kText, " A\xC3\xA9 "), " A\xC3\xA9 ");
  for (const std::string& text : {std::string("\xff"), std::string("a\0b", 3), std::string("\xC3"),
                                  std::string("\xED\xA0\x80")}) {
    EXPECT_FALSE(CanonicalId(IdKind::kText, text));
  }
}

TEST(IdText, RangesCompareAsPartsAreSorted) {
  EXPECT_TRUE(IsInIdRange(IdKind::kInteger, "9", "-10", "10"));
  EXPECT_FALSE(IsInIdRange(IdKind::kInteger, "11", "-10", "10"));
  EXPECT_TRUE(IsInIdRange(IdKind::kInteger, "11", "a", "b"));
  EXPECT_TRUE(IsInIdRange(IdKind::kText, "b", "B", "c"));
  EXPECT_FALSE(IsInIdRange(IdKind::kText, "9", "10", "8"));
}

}  // namespace
}  // namespace pgattic::catalog
