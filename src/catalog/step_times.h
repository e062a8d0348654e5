// How long the steps of archives took, as the journal's events tell.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "model/archive_state.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// One event that moved an archive on. A plain value.
struct StepTime {
  std::int64_t archive_id = 0;
  std::int64_t revision = 0;  ///< After it; grows with each event of the archive.
  model::Event event = model::Event::kExportStarted;
  double seconds = 0;  ///< Since the event before; of a drop, since the grace was over.
};

/// Returns the events of all archives of this database that came after the revision which
/// `known` has of their archive, in order; the first of an archive has nothing before it and is
/// left out. One statement.
Result<std::vector<StepTime>> StepTimesSince(const OpContext& ctx, pg::Connection& connection,
                                             const std::map<std::int64_t, std::int64_t>& known);

}  // namespace pgattic::catalog
