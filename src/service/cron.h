// Cron: a calendar expression, the five fields that crontab(5) knows.
#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "service/zone.h"

namespace pgattic::service {

/// Minute, hour, day of month, month, day of week: `*`, numbers, ranges, lists and steps; names
/// of months and days (jan, mon); Sunday is 0 or 7; also @hourly, @daily, @weekly, @monthly. As
/// in crontab(5) a day matches when day of month *or* day of week do, where both are restricted.
/// Immutable, so thread-safe.
///
/// Daylight saving, as Debian's cron has it: a time of day that the clocks leave out comes when
/// they have been put forward, one that they show twice comes the first time only. Where the
/// hour is `*` or `*/n` the expression means intervals: nothing is made up for, and both count.
class Cron {
 public:
  /// InvalidArgument names the field that is wrong and what it may hold, or says that no day of
  /// any year matches.
  static Result<Cron> Parse(const std::string& text);

  /// Returns the first time after `after`; nullopt when there is none in the next nine years.
  std::optional<WallTime> After(const Zone& zone, WallTime after) const;
  /// Returns the last time that is at or before `now` and after `after`.
  std::optional<WallTime> Last(const Zone& zone, WallTime after, WallTime now) const;

  /// As it was written.
  const std::string& text() const { return text_; }

 private:
  using Field = std::bitset<60>;
  Cron() = default;
  bool MatchesDay(std::chrono::year_month_day day) const;
  /// Every time of that day, by time.
  std::vector<WallTime> OnDay(const Zone& zone, std::chrono::local_days day) const;

  std::string text_;
  Field minutes_;
  Field hours_;
  Field days_;
  Field months_;
  Field weekdays_;
  bool any_day_ = false;      ///< Day of month begins with `*`.
  bool any_weekday_ = false;  ///< Day of week does.
  bool any_hour_ = false;
};

}  // namespace pgattic::service
