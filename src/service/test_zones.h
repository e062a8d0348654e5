// Zones and instants for tests of calendars.
#pragma once

#include <string>
#include <string_view>

#include "model/bounds.h"
#include "service/zone.h"

namespace pgattic::service {

/// "2024-03-10T07:00:00Z".
inline WallTime At(std::string_view text) {
  const Result<std::int64_t> us = model::ParseInstant(text);
  PGATTIC_CHECK(us.ok(), text);
  return WallTime(std::chrono::microseconds(*us));
}

inline std::string Text(WallTime at) { return model::FormatInstant(at.time_since_epoch().count()); }

/// Forward on 2024-03-10 at 02:00, back on 2024-11-03 at 02:00.
inline Zone NewYork() {
  using std::chrono::hours;
  return Zone({{At("2023-11-05T06:00:00Z"), hours(-5)},
               {At("2024-03-10T07:00:00Z"), hours(-4)},
               {At("2024-11-03T06:00:00Z"), hours(-5)},
               {At("2025-03-09T07:00:00Z"), hours(-4)}});
}

/// Half an hour, and ahead of UTC: forward on 2024-10-06 at 02:00, back on 2024-04-07 at 02:00.
inline Zone LordHowe() {
  using std::chrono::minutes;
  return Zone({{At("2023-09-30T15:30:00Z"), minutes(660)},
               {At("2024-04-06T15:00:00Z"), minutes(630)},
               {At("2024-10-05T15:30:00Z"), minutes(660)}});
}

}  // namespace pgattic::service
