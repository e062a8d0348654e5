// Time zones as PostgreSQL knows them: no file of zones is needed where pgattic runs.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/op_context.h"
#include "base/result.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// From `at` on the clocks of a zone are ahead of UTC by `offset`. A plain value.
struct OffsetChange {
  WallTime at;
  std::chrono::seconds offset{0};
};

/// Returns the offset at `from` and every change until `to`, to a quarter of an hour, by the
/// server's `AT TIME ZONE` (PostgreSQL manual, 9.9.4). InvalidArgument for a name that it does
/// not know. Takes some milliseconds a year.
Result<std::vector<OffsetChange>> LoadOffsets(const OpContext& ctx, pg::Connection& connection,
                                              const std::string& zone, WallTime from, WallTime to);

}  // namespace pgattic::catalog
