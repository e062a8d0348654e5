#include "service/cron.h"

#include <gtest/gtest.h>

#include "service/test_zones.h"

namespace pgattic::service {
namespace {

Cron Parsed(const std::string& text) {
  Result<Cron> cron = Cron::Parse(text);
  PGATTIC_CHECK(cron.ok(), text);
  return *cron;
}

/// The first `count` times after `from`.
std::vector<std::string> Times(const std::string& text, const Zone& zone, const std::string& from,
                               int count) {
  const Cron cron = Parsed(text);
  std::vector<std::string> times;
  WallTime at = At(from);
  for (int i = 0; i < count; ++i) {
    const std::optional<WallTime> next = cron.After(zone, at);
    if (!next) break;
    times.push_back(Text(*next));
    at = *next;
  }
  return times;
}

using Strings = std::vector<std::string>;

TEST(CronTest, ReadsFields) {
  const Zone utc = Zone::Utc();
  EXPECT_EQ(Times("30 3 * * *", utc, "2024-01-31T03:30:00Z", 2),
            (Strings{"2024-02-01T03:30:00Z", "2024-02-02T03:30:00Z"}));
  EXPECT_EQ(Times("*/20 1-2 * * *", utc, "2024-01-01T00:00:00Z", 4),
            (Strings{"2024-01-01T01:00:00Z", "2024-01-01T01:20:00Z", "2024-01-01T01:40:00Z",
                     "2024-01-01T02:00:00Z"}));
  EXPECT_EQ(Times("0 0 1 jan,JUL *", utc, "2024-01-01T00:00:00Z", 2),
            (Strings{"2024-07-01T00:00:00Z", "2025-01-01T00:00:00Z"}));
  EXPECT_EQ(Times("5/30 6 * * mon-wed", utc, "2024-01-03T07:00:00Z", 2),
            (Strings{"2024-01-08T06:05:00Z", "2024-01-08T06:35:00Z"}));
  EXPECT_EQ(Times("@weekly", utc, "2024-01-01T00:00:00Z", 1), (Strings{"2024-01-07T00:00:00Z"}));
  EXPECT_EQ(Times("0 0 * * 7", utc, "2024-01-01T00:00:00Z", 1), (Strings{"2024-01-07T00:00:00Z"}));
}

TEST(CronTest, ADayMatchesByEitherFieldWhereBothAreRestricted) {
  EXPECT_EQ(Times("0 4 13 * fri", Zone::Utc(), "2024-09-01T00:00:00Z", 3),
            (Strings{"2024-09-06T04:00:00Z", "2024-09-13T04:00:00Z", "2024-09-20T04:00:00Z"}));
  EXPECT_EQ(Times("0 4 */10 * fri", Zone::Utc(), "2024-09-01T00:00:00Z", 1),
            (Strings{"2024-10-11T04:00:00Z"}));
}

TEST(CronTest, FindsTheDayThatSomeYearsHave) {
  EXPECT_EQ(Times("0 0 29 2 *", Zone::Utc(), "2024-03-01T00:00:00Z", 1),
            (Strings{"2028-02-29T00:00:00Z"}));
  EXPECT_EQ(Times("0 0 29 2 *", Zone::Utc(), "2096-03-01T00:00:00Z", 1),
            (Strings{"2104-02-29T00:00:00Z"}));
}

TEST(CronTest, ATimeOfDayThatIsLeftOutComesAfterTheGapAndOnce) {
  EXPECT_EQ(Times("30 2 * * *", NewYork(), "2024-03-09T00:00:00Z", 3),
            (Strings{"2024-03-09T07:30:00Z", "2024-03-10T07:00:00Z", "2024-03-11T06:30:00Z"}));
}

TEST(CronTest, ATimeOfDayThatIsShownTwiceComesTheFirstTime) {
  EXPECT_EQ(Times("30 1 * * *", NewYork(), "2024-11-02T12:00:00Z", 2),
            (Strings{"2024-11-03T05:30:00Z", "2024-11-04T06:30:00Z"}));
}

TEST(CronTest, IntervalsGoOnThroughBoth) {
  EXPECT_EQ(Times("30 * * * *", NewYork(), "2024-03-10T06:00:00Z", 3),
            (Strings{"2024-03-10T06:30:00Z", "2024-03-10T07:30:00Z", "2024-03-10T08:30:00Z"}));
  EXPECT_EQ(Times("30 * * * *", NewYork(), "2024-11-03T05:00:00Z", 3),
            (Strings{"2024-11-03T05:30:00Z", "2024-11-03T06:30:00Z", "2024-11-03T07:30:00Z"}));
}

TEST(CronTest, AYearOfDaysHasAsManyRunsInAnyZone) {
  for (const Zone& zone : {NewYork(), LordHowe(), Zone::Utc()}) {
    for (const char* text : {"15 2 * * *", "45 1 * * *", "0 0 * * *", "59 23 * * *"}) {
      WallTime at = At("2024-01-01T12:00:00Z");
      const Cron cron = Parsed(text);
      for (int i = 0; i < 366; ++i) {
        const WallTime next = *cron.After(zone, at);
        ASSERT_GT(next, at);
        ASSERT_LE(next - at, std::chrono::hours(25)) << Text(next);
        at = next;
      }
      EXPECT_GE(at, At("2024-12-31T12:00:00Z")) << text;
      EXPECT_LE(at, At("2025-01-01T12:00:00Z")) << text;
    }
  }
}

TEST(CronTest, LastIsTheLatestOfThoseThatWereMissed) {
  const Cron cron = Parsed("30 3 * * *");
  const auto last = [&](const char* after, const char* now) {
    const std::optional<WallTime> found = cron.Last(NewYork(), At(after), At(now));
    return found ? Text(*found) : "none";
  };
  EXPECT_EQ(last("2024-01-01T08:30:00Z", "2024-01-01T20:00:00Z"), "none");
  EXPECT_EQ(last("2024-01-01T08:30:00Z", "2024-01-02T08:29:59Z"), "none");
  EXPECT_EQ(last("2024-01-01T08:30:00Z", "2024-01-02T08:30:00Z"), "2024-01-02T08:30:00Z");
  EXPECT_EQ(last("2024-01-01T08:30:00Z", "2024-06-05T12:00:00Z"), "2024-06-05T07:30:00Z");
}

TEST(CronTest, LastAndAfterAgree) {
  for (const char* text : {"*/15 * * * *", "30 2 * * *", "30 1 * * *", "0 */3 * * *"}) {
    const Cron cron = Parsed(text);
    for (const Zone& zone : {NewYork(), LordHowe()}) {
      for (WallTime at = At("2024-03-08T00:00:00Z"); at < At("2024-04-08T00:00:00Z");) {
        const WallTime next = *cron.After(zone, at);
        ASSERT_EQ(cron.Last(zone, at, next), next) << text << " " << Text(next);
        ASSERT_EQ(cron.Last(zone, at, next - std::chrono::microseconds(1)), std::nullopt);
        at = next;
      }
    }
  }
}

TEST(CronTest, RefusesWhatIsNoCalendar) {
  for (const char* text :
       {"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *",
        "* * * * 8", "5-1 * * * *", "*/0 * * * *", "a * * * *", "1,, * * * *", "-1 * * * *",
        "1- * * * *", "0 0 30 feb *", "@reboot", "1/ * * * *", "* * * * monday"}) {
    const Result<Cron> cron = Cron::Parse(text);
    EXPECT_TRUE(cron.Is(Code::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace pgattic::service
