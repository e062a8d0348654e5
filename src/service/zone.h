// Zone: what the clocks of a time zone show, as a table of its changes.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace pgattic::service {

/// What a clock on the wall shows; of no zone.
using LocalTime = std::chrono::local_time<std::chrono::microseconds>;

/// The offsets of one time zone from UTC over some years. Immutable, so thread-safe. Where the
/// table comes from (PostgreSQL's own zones, catalog/time_zone.h) is the caller's business.
class Zone {
 public:
  /// From `at` on the clocks are ahead of UTC by `offset`.
  struct Change {
    WallTime at;
    std::chrono::seconds offset{0};
  };
  /// When the clocks show one time. In the hour that is left out when they are put forward, no
  /// instant does: `first` is then the end of the gap, and `is_skipped`.
  struct Instants {
    WallTime first;
    std::optional<WallTime> second;  ///< Clocks were put back: it is shown twice.
    bool is_skipped = false;
  };

  /// `changes` by time; the first offset holds for all time before, too. REQUIRES: not empty.
  explicit Zone(std::vector<Change> changes);
  /// The zone without changes.
  static Zone Utc() { return Zone({{WallTime{}, std::chrono::seconds(0)}}); }

  LocalTime ToLocal(WallTime at) const;
  Instants InstantsOf(LocalTime local) const;

 private:
  std::vector<Change> changes_;
};

}  // namespace pgattic::service
