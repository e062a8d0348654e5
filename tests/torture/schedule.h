// Schedule: one random history from its seed: clients, readers and raiders at once.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sandbox/postgres_cluster.h"
#include "tests/torture/arena.h"
#include "tests/torture/raider.h"

namespace pgattic::torture {

/// What a schedule found and did. A plain value.
struct ScheduleOutcome {
  std::vector<std::string> faults;
  RaidCounts raids;
  std::size_t looks = 0;
  std::size_t unavailable = 0;
  std::size_t rows = 0;
  std::size_t archived_rows = 0;
};

/// What a schedule is made of beside its seed. A plain value.
struct ScheduleOptions {
  std::string archive_url = {};  ///< "": a folder.
  std::string archive_settings = {};
  /// Done once, in the middle, while everybody is at work.
  std::function<Status()> mischief = {};
};

/// Runs the schedule of `seed` in a database of its own, to its end and audit.
Result<ScheduleOutcome> RunSchedule(sandbox::PostgresCluster& cluster, std::uint64_t seed,
                                    const ScheduleOptions& options);

}  // namespace pgattic::torture
