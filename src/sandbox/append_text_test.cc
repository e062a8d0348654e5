#include "sandbox/append_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "sandbox/calendar.h"
#include "sandbox/copy_capture_test_support.h"

namespace pgattic::sandbox {
namespace {

template <typename Append, typename Value>
std::string Appended(Append append, const Value& value) {
  std::string out;
  append(out, value);
  return out;
}

TEST(AppendText, CopyFieldsEscapeWhatCopyReads) {
  EXPECT_EQ(Appended(AppendCopyField, "plain \"text\""), "plain \"text\"");
  EXPECT_EQ(Appended(AppendCopyField, "a\\b\tc\nd\re"), "a\\\\b\\tc\\nd\\re");
  EXPECT_EQ(Appended(AppendCopyField, "\\N"), "\\\\N");
  for (const char* text : {"", "\\", "\\\\.", "\n\n", "\t", "x\\n", "\u73a9"}) {
    EXPECT_EQ(DecodeCopyField(Appended(AppendCopyField, text)), text);
  }
}

TEST(AppendText, JsonStringsSurviveAParser) {
  std::string all;
  for (int c = 1; c < 128; ++c) all += static_cast<char>(c);
  all += "\u2028\U0001f9e9";
  EXPECT_EQ(nlohmann::json::parse(Appended(AppendJsonString, all)).get<std::string>(), all);
  EXPECT_EQ(Appended(AppendJsonString, "a\"\\\n"), R"("a\"\\\u000a")");
}

TEST(AppendText, Base64FollowsTheVectorsOfRfc4648) {
  EXPECT_EQ(Appended(AppendBase64, ""), "");
  EXPECT_EQ(Appended(AppendBase64, "f"), "Zg==");
  EXPECT_EQ(Appended(AppendBase64, "fo"), "Zm8=");
  EXPECT_EQ(Appended(AppendBase64, "foo"), "Zm9v");
  EXPECT_EQ(Appended(AppendBase64, "foobar"), "Zm9vYmFy");
  EXPECT_EQ(Appended(AppendBase64, "\xff\xfe\x80"), "//6A");
}

TEST(AppendText, HexAndNumbers) {
  EXPECT_EQ(Appended(AppendHex, std::string_view("\x00\x7f\xff", 3)), "007fff");
  EXPECT_EQ(Appended(AppendInt, INT64_MIN), "-9223372036854775808");
}

TEST(AppendText, InstantsHaveSixDigitsAlways) {
  const std::int64_t leap = MonthStartUs({2024, 3}) - 1;
  EXPECT_EQ(Appended(AppendTimestamp, leap), "2024-02-29 23:59:59.999999+00");
  EXPECT_EQ(Appended(AppendRfc3339, leap + 1), "2024-03-01T00:00:00.000000Z");
  EXPECT_EQ(Appended(AppendTimestamp, std::int64_t{-1}), "1969-12-31 23:59:59.999999+00");
}

TEST(Calendar, MonthsFollowEachOther) {
  const auto months = MonthsFrom({2023, 11}, 3);
  ASSERT_EQ(months.size(), 3U);
  EXPECT_EQ(months[2], (model::YearMonth{2024, 1}));
  EXPECT_EQ(FirstDay(months[0]), "2023-11-01");
  EXPECT_EQ(MonthStartUs({1970, 1}), 0);
  EXPECT_TRUE(MonthsFrom({2024, 1}, 0).empty());
}

}  // namespace
}  // namespace pgattic::sandbox
