// WallTime in SQL: instants of an injected clock, not of the server's.
#pragma once

#include <string>

#include "base/clock.h"

namespace pgattic::catalog {

/// Returns the text of a parameter that SqlInstant takes.
inline std::string InstantParam(WallTime at) {
  return std::to_string(at.time_since_epoch().count());
}

/// Returns SQL for the timestamptz of parameter `number`.
inline std::string SqlInstant(int number) {
  return "('epoch'::timestamptz + $" + std::to_string(number) +
         "::int8 * interval '1 microsecond')";
}

/// Returns SQL for the microseconds of a timestamptz column.
inline std::string SqlMicros(const std::string& column) {
  return "(extract(epoch FROM " + column + ") * 1000000)::int8";
}

}  // namespace pgattic::catalog
