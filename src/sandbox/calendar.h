// Calendar: months as they partition the games.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/bounds.h"

namespace pgattic::sandbox {

/// Returns the month after `month`.
model::YearMonth NextMonth(model::YearMonth month);

/// Returns `count` months from `first` on.
std::vector<model::YearMonth> MonthsFrom(model::YearMonth first, int count);

/// Returns the first microsecond of the month, UTC.
std::int64_t MonthStartUs(model::YearMonth month);

/// Returns "2024-01-01".
std::string FirstDay(model::YearMonth month);

}  // namespace pgattic::sandbox
