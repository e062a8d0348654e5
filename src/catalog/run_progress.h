// How far the archives under way are, and how long it took to get there.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>

#include "base/op_context.h"
#include "base/result.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// The step that an archive is in, by the journal and the server's clock. Export and proof are
/// counted in parts; of other steps no parts are left. A plain value.
struct RunProgress {
  bool is_at_work = false;               ///< A run leads the archive now.
  std::chrono::milliseconds in_step{0};  ///< Since the step began, or was taken up again.
  std::chrono::milliseconds to_last{0};  ///< Of that, until the last part was done.
  std::int64_t parts_done = 0;           ///< Of the round; those of earlier tries, too.
  std::int64_t parts_done_in_step = 0;   ///< Of these, since the step began.
  std::int64_t parts_left = 0;
  std::int64_t rows_done = 0;  ///< In the parts that are done.
};

/// Returns how long the parts that are left will take at the pace of those done in this step;
/// zero when that time is over; nullopt while nothing was done, nothing is left, or nobody works.
/// Pure.
std::optional<std::chrono::milliseconds> TimeLeft(const RunProgress& progress);

/// Returns the archives of this database that are not swapped, by their ids. One statement.
Result<std::map<std::int64_t, RunProgress>> LookAtRuns(const OpContext& ctx,
                                                       pg::Connection& connection);

}  // namespace pgattic::catalog
