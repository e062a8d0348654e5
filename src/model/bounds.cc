#include "model/bounds.h"

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <optional>

namespace pgattic::model {
namespace {

using std::chrono::microseconds;
using std::chrono::sys_days;

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kHour = 3'600 * kSecond;
// 0001-01-01 to 32768-01-01: PostgreSQL writes earlier years as BC, chrono's end there.
constexpr std::int64_t kFirstInstant = std::int64_t{-719'162} * 24 * kHour;
constexpr std::int64_t kEndOfTime = std::int64_t{11'248'738} * 24 * kHour;

/// Reads an instant from left to right; every step fails for good.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool Done() const { return rest_.empty(); }
  bool Take(char expected) {
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<int> Digits(std::size_t at_least, std::size_t at_most) {
    std::size_t count = 0;
    while (count < rest_.size() && count < at_most && rest_[count] >= '0' && rest_[count] <= '9') {
      ++count;
    }
    if (count < at_least) return std::nullopt;
    int value = 0;
    std::from_chars(rest_.data(), rest_.data() + count, value);
    rest_.remove_prefix(count);
    return value;
  }
  /// The digits after a decimal point, as microseconds.
  std::optional<int> Fraction() {
    const std::size_t before = rest_.size();
    std::optional<int> value = Digits(1, 6);
    if (!value) return std::nullopt;
    for (std::size_t digits = before - rest_.size(); digits < 6; ++digits) *value *= 10;
    return value;
  }

 private:
  std::string_view rest_;
};

std::optional<std::int64_t> ReadDate(Cursor& in) {
  const auto year = in.Digits(4, 6);
  if (!year || !in.Take('-')) return std::nullopt;
  const auto month = in.Digits(2, 2);
  if (!month || !in.Take('-')) return std::nullopt;
  const auto day = in.Digits(2, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (*year < 1 || *year > 32767 || !date.ok()) return std::nullopt;
  return microseconds(sys_days(date).time_since_epoch()).count();
}

std::optional<std::int64_t> ReadTime(Cursor& in) {
  const auto hour = in.Digits(2, 2);
  if (!hour || !in.Take(':')) return std::nullopt;
  const auto minute = in.Digits(2, 2);
  if (!minute || *hour > 24 || *minute > 59) return std::nullopt;
  int second = 0;
  int fraction = 0;
  if (in.Take(':')) {
    const auto whole = in.Digits(2, 2);
    if (!whole || *whole > 60) return std::nullopt;
    second = *whole;
    if (in.Take('.')) {
      const auto part = in.Fraction();
      if (!part) return std::nullopt;
      fraction = *part;
    }
  }
  const std::int64_t time = ((*hour * 60LL + *minute) * 60 + second) * kSecond + fraction;
  return time <= 24 * kHour ? std::optional(time) : std::nullopt;
}

/// Reads "Z", "+00", "-05:30" or nothing (UTC); returns the offset to subtract.
std::optional<std::int64_t> ReadZone(Cursor& in) {
  if (in.Done() || in.Take('Z')) return 0;
  std::int64_t sign = 1;
  if (in.Take('-')) {
    sign = -1;
  } else if (!in.Take('+')) {
    return std::nullopt;
  }
  const auto hours = in.Digits(2, 2);
  if (!hours || *hours > 23) return std::nullopt;
  int minutes = 0;
  if (in.Take(':')) {
    const auto value = in.Digits(2, 2);
    if (!value || *value > 59) return std::nullopt;
    minutes = *value;
  }
  return sign * (*hours * 60LL + minutes) * 60 * kSecond;
}

std::optional<std::int64_t> ReadInstant(std::string_view text) {
  Cursor in(text);
  const auto date = ReadDate(in);
  if (!date) return std::nullopt;
  if (in.Done()) return date;
  if (!in.Take(' ') && !in.Take('T')) return std::nullopt;
  const auto time = ReadTime(in);
  if (!time) return std::nullopt;
  const auto zone = ReadZone(in);
  if (!zone || !in.Done()) return std::nullopt;
  const std::int64_t instant = *date + *time - *zone;
  const bool is_year = instant >= kFirstInstant && instant < kEndOfTime;
  return is_year ? std::optional(instant) : std::nullopt;
}

std::chrono::year_month_day DayOf(std::int64_t at_us) {
  return {std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<microseconds>(microseconds(at_us)))};
}

std::int64_t MonthStart(YearMonth month) {
  using namespace std::chrono;
  const sys_days start{std::chrono::year(month.year) /
                       std::chrono::month(static_cast<unsigned>(month.month)) / 1};
  return microseconds(start.time_since_epoch()).count();
}

std::string Padded(int value, std::size_t width) {
  std::string digits = std::to_string(value);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return digits;
}

/// Cuts the next '…' literal out of a bound expression.
std::optional<std::string> TakeLiteral(std::string_view& rest, std::string_view before) {
  if (!rest.starts_with(before)) return std::nullopt;
  rest.remove_prefix(before.size());
  const std::size_t end = rest.find('\'');
  if (end == rest.npos) return std::nullopt;
  std::string literal(rest.substr(0, end));
  rest.remove_prefix(end + 1);
  return literal;
}

}  // namespace

Result<std::int64_t> ParseInstant(std::string_view text) {
  const auto at_us = ReadInstant(text);
  if (!at_us) {
    return {Code::kInvalidArgument, "'" + std::string(text) +
                                        "' is not a time; write 2024-01-15 or "
                                        "2024-01-15T10:30:00Z"};
  }
  return *at_us;
}

std::string FormatInstant(std::int64_t at_us) {
  const auto day = DayOf(at_us);
  const std::int64_t midnight = microseconds(sys_days(day).time_since_epoch()).count();
  const std::int64_t seconds = (at_us - midnight) / kSecond;
  std::string fraction = Padded(static_cast<int>((at_us - midnight) % kSecond), 6);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  return Padded(static_cast<int>(day.year()), 4) + "-" +
         Padded(static_cast<int>(static_cast<unsigned>(day.month())), 2) + "-" +
         Padded(static_cast<int>(static_cast<unsigned>(day.day())), 2) + "T" +
         Padded(static_cast<int>(seconds / 3600), 2) + ":" +
         Padded(static_cast<int>(seconds / 60 % 60), 2) + ":" +
         Padded(static_cast<int>(seconds % 60), 2) + (fraction.empty() ? "" : "." + fraction) + "Z";
}

Result<Bounds> ParseBounds(std::string_view expression) {
  std::string_view rest = expression;
  const auto from = TakeLiteral(rest, "FOR VALUES FROM ('");
  const auto to = from ? TakeLiteral(rest, ") TO ('") : std::nullopt;
  if (!to || rest != ")") {
    return {Code::kUnsupported,
            "bounds '" + std::string(expression) + "' are not one finite range of time"};
  }
  Bounds bounds{*from, *to, 0, 0};
  PGATTIC_ASSIGN_OR_RETURN(bounds.from_us, ParseInstant(*from));
  PGATTIC_ASSIGN_OR_RETURN(bounds.to_us, ParseInstant(*to));
  return bounds;
}

YearMonth MonthOf(const Bounds& bounds) {
  const auto day = DayOf(bounds.from_us + (bounds.to_us - bounds.from_us) / 2);
  return {static_cast<int>(day.year()), static_cast<int>(static_cast<unsigned>(day.month()))};
}

bool IsOneMonth(const Bounds& bounds) {
  const YearMonth month = MonthOf(bounds);
  const YearMonth next =
      month.month == 12 ? YearMonth{month.year + 1, 1} : YearMonth{month.year, month.month + 1};
  return std::llabs(bounds.from_us - MonthStart(month)) <= 14 * kHour &&
         std::llabs(bounds.to_us - MonthStart(next)) <= 14 * kHour;
}

}  // namespace pgattic::model
