#include "model/bounds.h"

#include <gtest/gtest.h>

namespace pgattic::model {
namespace {

constexpr std::int64_t kJanuary2024 = 1'704'067'200'000'000;

TEST(Bounds, ReadsInstantsOfEverySpelling) {
  for (const char* text :
       {"2024-01-01", "2024-01-01 00:00:00", "2024-01-01 00:00:00+00", "2024-01-01T00:00:00Z",
        "2023-12-31 19:00:00-05", "2024-01-01 05:30:00+05:30"}) {
    Result<std::int64_t> at = ParseInstant(text);
    ASSERT_TRUE(at.ok()) << text;
    EXPECT_EQ(*at, kJanuary2024) << text;
  }
  EXPECT_EQ(*ParseInstant("2024-01-01 00:00:00.5+00"), kJanuary2024 + 500'000);
  EXPECT_EQ(*ParseInstant("1969-12-31 23:59:59.999999"), -1);
}

TEST(Bounds, RefusesWhatIsNoInstant) {
  for (const char* text :
       {"", "infinity", "-infinity", "2024-13-01", "2024-02-30", "2024-01", "0044-03-15 BC",
        "2024-01-01 25:00:00", "2024-01-01x", "today", "0000-01-01", "0001-01-01 00:00:00+15",
        "32767-12-31 23:59:59-01", "32768-01-01", "2024-01-01 24:00:01", "2024-01-01 00:00:00+24",
        "2024-01-01 00:00:00+05:60"}) {
    EXPECT_EQ(ParseInstant(text).code(), Code::kInvalidArgument) << text;
  }
}

TEST(Bounds, TheFirstAndTheLastInstantPrintAsThemselves) {
  for (const char* text : {"0001-01-01T00:00:00Z", "32767-12-31T23:59:59.999999Z"}) {
    const Result<std::int64_t> at = ParseInstant(text);
    ASSERT_TRUE(at.ok()) << text;
    EXPECT_EQ(FormatInstant(*at), text);
  }
  EXPECT_EQ(*ParseInstant("2023-12-31 24:00:00"), kJanuary2024);
}

TEST(Bounds, FormatsWithAFractionOnlyWhereThereIsOne) {
  EXPECT_EQ(FormatInstant(kJanuary2024), "2024-01-01T00:00:00Z");
  EXPECT_EQ(FormatInstant(kJanuary2024 + 1), "2024-01-01T00:00:00.000001Z");
  EXPECT_EQ(FormatInstant(-500'000), "1969-12-31T23:59:59.5Z");
}

TEST(Bounds, ReadsTheCatalogsExpression) {
  Result<Bounds> bounds =
      ParseBounds("FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2024-02-01 00:00:00+00')");
  ASSERT_TRUE(bounds.ok());
  EXPECT_EQ(bounds->from_us, kJanuary2024);
  EXPECT_TRUE(bounds->Contains(bounds->to_us - 1));
  EXPECT_FALSE(bounds->Contains(bounds->to_us));
  for (const char* other :
       {"DEFAULT", "FOR VALUES IN ('a')", "FOR VALUES WITH (modulus 2, remainder 0)",
        "FOR VALUES FROM (MINVALUE) TO ('2024-02-01')",
        "FOR VALUES FROM ('2024-01-01', 1) TO ('2024-02-01', 1)"}) {
    EXPECT_EQ(ParseBounds(other).code(), Code::kUnsupported) << other;
  }
}

TEST(Bounds, TheMonthIsTheOneMeantInAnyTimeZone) {
  const Bounds berlin =
      *ParseBounds("FOR VALUES FROM ('2023-12-31 23:00:00+00') TO ('2024-01-31 23:00:00+00')");
  EXPECT_EQ(MonthOf(berlin), (YearMonth{2024, 1}));
  EXPECT_TRUE(IsOneMonth(berlin));
  const Bounds new_york =
      *ParseBounds("FOR VALUES FROM ('2024-03-01 05:00:00+00') TO ('2024-04-01 04:00:00+00')");
  EXPECT_EQ(MonthOf(new_york), (YearMonth{2024, 3}));
  EXPECT_TRUE(IsOneMonth(new_york));
  const Bounds week = *ParseBounds("FOR VALUES FROM ('2024-01-01') TO ('2024-01-08')");
  EXPECT_FALSE(IsOneMonth(week));
  const Bounds december = *ParseBounds("FOR VALUES FROM ('2024-12-01') TO ('2025-01-01')");
  EXPECT_EQ(MonthOf(december), (YearMonth{2024, 12}));
  EXPECT_TRUE(IsOneMonth(december));
}

}  // namespace
}  // namespace pgattic::model
