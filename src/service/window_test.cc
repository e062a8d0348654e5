#include "service/window.h"

#include <gtest/gtest.h>

#include "service/test_zones.h"

namespace pgattic::service {
namespace {

Window Parsed(const std::string& text) {
  Result<Window> window = Window::Parse(text);
  PGATTIC_CHECK(window.ok(), text);
  return *window;
}

TEST(WindowTest, AlwaysIsAlwaysOpen) {
  EXPECT_TRUE(Window().IsOpen(Zone::Utc(), At("2024-01-01T00:00:00Z")));
  EXPECT_TRUE(Parsed("always").IsOpen(NewYork(), At("2024-01-01T12:34:56Z")));
}

TEST(WindowTest, IsOpenFromTheFirstMinuteAndNotAtTheLast) {
  const Window window = Parsed("01:00-05:00, 12:30-13:00");
  const auto is_open = [&](const char* at) { return window.IsOpen(Zone::Utc(), At(at)); };
  EXPECT_FALSE(is_open("2024-01-01T00:59:59.999999Z"));
  EXPECT_TRUE(is_open("2024-01-01T01:00:00Z"));
  EXPECT_TRUE(is_open("2024-01-01T04:59:59Z"));
  EXPECT_FALSE(is_open("2024-01-01T05:00:00Z"));
  EXPECT_TRUE(is_open("2024-01-01T12:45:00Z"));
}

TEST(WindowTest, GoesOverMidnight) {
  const Window window = Parsed("22:00-04:30");
  const auto is_open = [&](const char* at) { return window.IsOpen(Zone::Utc(), At(at)); };
  EXPECT_TRUE(is_open("2024-01-01T23:00:00Z"));
  EXPECT_TRUE(is_open("2024-01-01T04:29:00Z"));
  EXPECT_FALSE(is_open("2024-01-01T04:30:00Z"));
  EXPECT_FALSE(is_open("2024-01-01T21:59:00Z"));
  EXPECT_TRUE(Parsed("20:00-24:00").IsOpen(Zone::Utc(), At("2024-01-01T23:59:00Z")));
}

TEST(WindowTest, FindsTheNextOpening) {
  const auto next = [](const char* window, const Zone& zone, const char* at) {
    return Text(Parsed(window).NextOpening(zone, At(at)));
  };
  EXPECT_EQ(next("01:00-05:00", Zone::Utc(), "2024-01-01T02:00:00Z"), "2024-01-01T02:00:00Z");
  EXPECT_EQ(next("01:00-05:00", Zone::Utc(), "2024-01-01T05:00:00Z"), "2024-01-02T01:00:00Z");
  EXPECT_EQ(next("01:00-05:00,12:00-13:00", Zone::Utc(), "2024-01-01T05:00:00Z"),
            "2024-01-01T12:00:00Z");
  EXPECT_EQ(next("01:00-05:00", NewYork(), "2024-07-01T12:00:00Z"), "2024-07-02T05:00:00Z");
  EXPECT_EQ(next("01:00-05:00", NewYork(), "2024-12-01T12:00:00Z"), "2024-12-02T06:00:00Z");
}

TEST(WindowTest, ClocksThatAreSetChangeItsLengthAndNothingElse) {
  // 01:00 to 03:00 has one hour on the day when clocks go from 02:00 to 03:00, three when back.
  const Window window = Parsed("01:00-03:00");
  const auto open_minutes = [&](const char* from, const char* to) {
    int minutes = 0;
    for (WallTime at = At(from); at < At(to); at += std::chrono::minutes(1)) {
      if (window.IsOpen(NewYork(), at)) ++minutes;
    }
    return minutes;
  };
  EXPECT_EQ(open_minutes("2024-03-09T05:00:00Z", "2024-03-10T05:00:00Z"), 120);
  EXPECT_EQ(open_minutes("2024-03-10T05:00:00Z", "2024-03-11T04:00:00Z"), 60);
  EXPECT_EQ(open_minutes("2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z"), 180);
}

TEST(WindowTest, AWindowThatIsLeftOutOpensADayLater) {
  EXPECT_EQ(Text(Parsed("02:10-02:50").NextOpening(NewYork(), At("2024-03-10T06:00:00Z"))),
            "2024-03-11T06:10:00Z");
}

TEST(WindowTest, RefusesWhatIsNoSpan) {
  for (const char* text : {"", "1:00-2:00", "01:00", "01:00-25:00", "01:00-01:00", "24:00-01:00",
                           "01:60-02:00", "01:00-05:00,", "night"}) {
    EXPECT_FALSE(Window::Parse(text).ok()) << text;
  }
}

}  // namespace
}  // namespace pgattic::service
