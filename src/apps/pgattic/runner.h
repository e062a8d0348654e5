// Runner: drives the archives of all sources; used by archive and demo.
#pragma once

#include <string>
#include <vector>

#include "app.h"

namespace pgattic::app {

/// What a run did, or would do, with one partition. A plain value.
struct RunOutcome : archive::Outcome {
  std::int64_t planned_rows = 0;   ///< The plan's estimate.
  std::int64_t planned_bytes = 0;  ///< Of the table, its indexes and TOAST.
  bool is_refused = false;         ///< By the plan; `status` says why.
};

/// What a run of `pgattic archive` did. A plain value.
struct RunReport {
  std::vector<RunOutcome> outcomes;
  Status failure;  ///< What kept the run from starting or going on.
};

/// Archives what is eligible in every source, and brings forward what is under way. Partitions
/// that are old enough and refused all the same are outcomes too, and so is whatever was asked
/// for by name and cannot be archived. Blocks for as long as the work takes.
RunReport RunArchives(const Invocation& invocation, const ArchiveArguments& arguments, bool quiet);

/// Returns the exit code of a report: failed beats deferred beats done.
int ExitCodeOf(const RunReport& report);

}  // namespace pgattic::app
