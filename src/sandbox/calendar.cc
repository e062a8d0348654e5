#include "sandbox/calendar.h"

#include <chrono>

#include "sandbox/append_text.h"

namespace pgattic::sandbox {

model::YearMonth NextMonth(model::YearMonth month) {
  return month.month == 12 ? model::YearMonth{month.year + 1, 1}
                           : model::YearMonth{month.year, month.month + 1};
}

std::vector<model::YearMonth> MonthsFrom(model::YearMonth first, int count) {
  std::vector<model::YearMonth> months;
  for (; count > 0; --count, first = NextMonth(first)) months.push_back(first);
  return months;
}

std::int64_t MonthStartUs(model::YearMonth month) {
  using namespace std::chrono;
  const sys_days day =
      year(month.year) / std::chrono::month(static_cast<unsigned>(month.month)) / 1;
  return duration_cast<microseconds>(day.time_since_epoch()).count();
}

std::string FirstDay(model::YearMonth month) {
  std::string text;
  AppendTimestamp(text, MonthStartUs(month));
  return text.substr(0, 10);
}

}  // namespace pgattic::sandbox
