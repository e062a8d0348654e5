#include "service/zone.h"

#include <gtest/gtest.h>

#include "service/test_zones.h"

namespace pgattic::service {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

LocalTime Clock(int year, int month, int day, int hour, int minute) {
  using namespace std::chrono;
  const auto date = std::chrono::year(year) / month / day;
  return local_days(date) + hours(hour) + minutes(minute);
}

TEST(ZoneTest, ShowsWhatTheOffsetSays) {
  EXPECT_EQ(NewYork().ToLocal(At("2024-07-01T12:00:00Z")), Clock(2024, 7, 1, 8, 0));
  EXPECT_EQ(NewYork().ToLocal(At("2024-12-01T12:00:00Z")), Clock(2024, 12, 1, 7, 0));
  EXPECT_EQ(NewYork().ToLocal(At("1999-01-01T12:00:00Z")), Clock(1999, 1, 1, 7, 0));
  EXPECT_EQ(Zone::Utc().ToLocal(At("2024-07-01T12:00:00Z")), Clock(2024, 7, 1, 12, 0));
}

TEST(ZoneTest, FindsTheOneInstant) {
  const Zone::Instants found = NewYork().InstantsOf(Clock(2024, 7, 1, 8, 0));
  EXPECT_EQ(Text(found.first), "2024-07-01T12:00:00Z");
  EXPECT_FALSE(found.second || found.is_skipped);
}

TEST(ZoneTest, ATimeThatIsLeftOutIsTheEndOfTheGap) {
  for (const LocalTime local : {Clock(2024, 3, 10, 2, 0), Clock(2024, 3, 10, 2, 59)}) {
    const Zone::Instants found = NewYork().InstantsOf(local);
    EXPECT_TRUE(found.is_skipped);
    EXPECT_EQ(Text(found.first), "2024-03-10T07:00:00Z");
  }
  EXPECT_FALSE(NewYork().InstantsOf(Clock(2024, 3, 10, 3, 0)).is_skipped);
  EXPECT_EQ(Text(LordHowe().InstantsOf(Clock(2024, 10, 6, 2, 15)).first), "2024-10-05T15:30:00Z");
}

TEST(ZoneTest, ATimeThatIsShownTwiceHasTwoInstants) {
  const Zone::Instants found = NewYork().InstantsOf(Clock(2024, 11, 3, 1, 30));
  EXPECT_EQ(Text(found.first), "2024-11-03T05:30:00Z");
  ASSERT_TRUE(found.second);
  EXPECT_EQ(Text(*found.second), "2024-11-03T06:30:00Z");
  EXPECT_FALSE(NewYork().InstantsOf(Clock(2024, 11, 3, 2, 0)).second);
}

TEST(ZoneTest, EveryQuarterOfAnHourIsFoundAgain) {
  for (const Zone& zone : {NewYork(), LordHowe(), Zone::Utc()}) {
    for (WallTime at = At("2024-01-01T00:00:00Z"); at < At("2025-01-01T00:00:00Z");
         at += minutes(15)) {
      const Zone::Instants found = zone.InstantsOf(zone.ToLocal(at));
      ASSERT_FALSE(found.is_skipped) << Text(at);
      ASSERT_TRUE(found.first == at || found.second == at) << Text(at);
    }
  }
}

}  // namespace
}  // namespace pgattic::service
