// Runner: drives the archives of all sources; used by archive and demo.
#pragma once

#include <string>
#include <vector>

#include "app.h"
#include "catalog/schedule_journal.h"

namespace pgattic::app {

/// What a run did, or would do, with one partition. A plain value.
struct RunOutcome : archive::Outcome {
  std::int64_t planned_rows = 0;   ///< The plan's estimate.
  std::int64_t planned_bytes = 0;  ///< Of the table, its indexes and TOAST.
  bool is_refused = false;         ///< By the plan; `status` says why.
};

/// A source that was left alone, because somebody holds it. A plain value.
struct HeldSource {
  std::string source;
  std::string since;
  std::string why;
};

/// What a run of `pgattic archive` did. A plain value.
struct RunReport {
  std::vector<RunOutcome> outcomes;
  std::vector<HeldSource> held;
  Status failure;  ///< What kept the run from starting or going on.
};

/// Archives what is eligible in every source, and brings forward what is under way. Partitions
/// that are old enough and refused all the same are outcomes too, and so is whatever was asked
/// for by name and cannot be archived. Blocks for as long as the work takes.
RunReport RunArchives(const Invocation& invocation, const ArchiveArguments& arguments, bool quiet);

/// Brings the definition of the table over the archives up to date. Where that fails, a line says
/// so: the archives are not concerned, and the next run writes it.
void KeepDefinition(const archive::RunContext& run, const service::Config& config);

/// Returns the exit code of a report: failed beats deferred (held, too) beats done.
int ExitCodeOf(const RunReport& report);

/// Returns how a scheduled run with this report ended.
catalog::RunState StateOf(const RunReport& report);

/// Returns a report in a line, for the journal of scheduled runs.
std::string SummaryOf(const RunReport& report);

}  // namespace pgattic::app
