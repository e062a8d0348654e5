#include "model/narrow_object.h"

#include <gtest/gtest.h>

namespace pgattic::model {
namespace {

TEST(NarrowObject, IsReadAsItWasWritten) {
  const NarrowObject narrow{4711, "ab12", "\"e\"", {"gid", "a \"b\"", "created_at"}};
  const auto read = ParseNarrowObject(SerializeNarrowObject(narrow));
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(*read, narrow);
}

TEST(NarrowObject, RefusesWhatItNeverWrote) {
  for (const char* text :
       {"", "{}", "[]", "null", R"({"bytes":-1,"sha256":"","etag":"","columns":[]})",
        R"({"bytes":18446744073709551615,"sha256":"","etag":"","columns":[]})",
        R"({"bytes":1.5,"sha256":"","etag":"","columns":[]})",
        R"({"bytes":1,"sha256":2,"etag":"","columns":[]})",
        R"({"bytes":1,"sha256":"","etag":"","columns":[1]})",
        R"({"bytes":1,"sha256":"","etag":"","columns":"gid"})"}) {
    EXPECT_TRUE(ParseNarrowObject(text).Is(Code::kCorruption)) << text;
  }
}

}  // namespace
}  // namespace pgattic::model
