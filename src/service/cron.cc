#include "service/cron.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "base/ascii.h"
#include "base/split.h"

namespace pgattic::service {
namespace {

using std::chrono::days;
using std::chrono::local_days;

/// From one 29 February to the next, a century's without between, and a bit.
constexpr days kFarthest{366 * 9};

struct FieldRule {
  const char* name;
  int least;
  int most;
  std::array<std::string_view, 12> names;  ///< Of `least`, `least` + 1, …
};
constexpr std::array<FieldRule, 5> kRules{
    {{"minute", 0, 59, {}},
     {"hour", 0, 23, {}},
     {"day of month", 1, 31, {}},
     {"month",
      1,
      12,
      {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
     {"day of week", 0, 7, {"sun", "mon", "tue", "wed", "thu", "fri", "sat"}}}};

Status Bad(const FieldRule& rule, const std::string& text) {
  return {Code::kInvalidArgument,
          "'" + text + "' is no " + rule.name + "; write *, " + std::to_string(rule.least) +
              " to " + std::to_string(rule.most) +
              ", a range 1-5, a list 1,3 or a step */2; the fields are minute, hour, day of month, "
              "month, day of week"};
}

std::optional<int> Value(const FieldRule& rule, const std::string& typed) {
  const std::string text = AsciiLower(typed);
  for (std::size_t i = 0; i < rule.names.size(); ++i) {
    if (!rule.names[i].empty() && rule.names[i] == text) return rule.least + static_cast<int>(i);
  }
  int value = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (error != std::errc() || end != last || value < rule.least || value > rule.most) {
    return std::nullopt;
  }
  return value;
}

/// One piece of a list: "*", "5", "1-5", "*/2", "1-30/5".
Status AddPiece(const FieldRule& rule, const std::string& piece, std::bitset<60>& field) {
  const std::size_t slash = piece.find('/');
  const std::string range = piece.substr(0, slash);
  int step = 1;
  if (slash != piece.npos) {
    const FieldRule steps{"step", 1, rule.most, {}};
    const std::optional<int> given = Value(steps, piece.substr(slash + 1));
    if (!given) return Bad(rule, piece);
    step = *given;
  }
  std::optional<int> first = rule.least;
  std::optional<int> last = rule.most;
  if (range != "*") {
    const std::size_t dash = range.find('-');
    first = Value(rule, range.substr(0, dash));
    last = dash == range.npos ? first : Value(rule, range.substr(dash + 1));
    if (dash == range.npos && slash != piece.npos) last = rule.most;
  }
  if (!first || !last || *first > *last) return Bad(rule, piece);
  for (int value = *first; value <= *last; value += step) {
    field.set(static_cast<std::size_t>(value));
  }
  return Status::Ok();
}

Result<std::bitset<60>> ParseField(const FieldRule& rule, const std::string& text) {
  std::bitset<60> field;
  for (const std::string& piece : Split(text, ",")) {
    PGATTIC_RETURN_IF_ERROR(AddPiece(rule, piece, field));
  }
  return field;
}

std::string Spelled(const std::string& text) {
  if (text == "@hourly") return "0 * * * *";
  if (text == "@daily" || text == "@midnight") return "0 0 * * *";
  if (text == "@weekly") return "0 0 * * 0";
  if (text == "@monthly") return "0 0 1 * *";
  return text;
}

std::chrono::year_month_day DateOf(local_days day) { return std::chrono::year_month_day(day); }

}  // namespace

Result<Cron> Cron::Parse(const std::string& text) {
  std::vector<std::string> words = Split(Spelled(text), " \t");
  std::erase(words, "");
  if (words.size() != kRules.size()) {
    return {Code::kInvalidArgument,
            "'" + text + "' has " + std::to_string(words.size()) +
                " fields, not five: minute, hour, day of month, month, day of week, such as "
                "\"30 3 * * *\" for 03:30 of every day"};
  }
  Cron cron;
  cron.text_ = text;
  const std::array<Field*, 5> fields = {&cron.minutes_, &cron.hours_, &cron.days_, &cron.months_,
                                        &cron.weekdays_};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    PGATTIC_ASSIGN_OR_RETURN(*fields[i], ParseField(kRules[i], words[i]));
  }
  if (cron.weekdays_.test(7)) cron.weekdays_.set(0);
  cron.any_hour_ = words[1].starts_with('*');
  cron.any_day_ = words[2].starts_with('*');
  cron.any_weekday_ = words[4].starts_with('*');
  if (!cron.After(Zone::Utc(), WallTime{})) {
    return {Code::kInvalidArgument, "'" + text + "' names a day that no month has"};
  }
  return cron;
}

bool Cron::MatchesDay(std::chrono::year_month_day day) const {
  if (!months_.test(static_cast<unsigned>(day.month()))) return false;
  const bool is_day = days_.test(static_cast<unsigned>(day.day()));
  const bool is_weekday = weekdays_.test(std::chrono::weekday(local_days(day)).c_encoding());
  return any_day_ || any_weekday_ ? is_day && is_weekday : is_day || is_weekday;
}

std::vector<WallTime> Cron::OnDay(const Zone& zone, local_days day) const {
  std::vector<WallTime> times;
  if (!MatchesDay(DateOf(day))) return times;
  for (std::size_t hour = 0; hour < 24; ++hour) {
    if (!hours_.test(hour)) continue;
    for (std::size_t minute = 0; minute < 60; ++minute) {
      if (!minutes_.test(minute)) continue;
      const Zone::Instants shown =
          zone.InstantsOf(day + std::chrono::hours(hour) + std::chrono::minutes(minute));
      if (shown.is_skipped && any_hour_) continue;
      times.push_back(shown.first);
      if (shown.second && any_hour_) times.push_back(*shown.second);
    }
  }
  std::sort(times.begin(), times.end());
  return times;
}

std::optional<WallTime> Cron::After(const Zone& zone, WallTime after) const {
  // Clocks that are put back may take an instant after `after` to the day before.
  const local_days first = std::chrono::floor<days>(zone.ToLocal(after)) - days(1);
  for (local_days day = first; day <= first + kFarthest; day += days(1)) {
    const std::vector<WallTime> times = OnDay(zone, day);
    const auto found = std::upper_bound(times.begin(), times.end(), after);
    if (found != times.end()) return *found;
  }
  return std::nullopt;
}

std::optional<WallTime> Cron::Last(const Zone& zone, WallTime after, WallTime now) const {
  const local_days earliest = std::chrono::floor<days>(zone.ToLocal(after)) - days(1);
  const local_days latest = std::chrono::floor<days>(zone.ToLocal(now)) + days(1);
  for (local_days day = latest; day >= earliest; day -= days(1)) {
    const std::vector<WallTime> times = OnDay(zone, day);
    const auto end = std::upper_bound(times.begin(), times.end(), now);
    if (end == times.begin()) continue;
    const WallTime found = *(end - 1);
    return found > after ? std::optional(found) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace pgattic::service
