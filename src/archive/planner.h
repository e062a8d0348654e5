// The plan: which partitions are old enough, and what stands in the way (DESIGN 5.1).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "archive/run_context.h"

namespace pgattic::archive {

/// One partition and what pgattic would do with it. A plain value.
struct PlanEntry {
  catalog::Partition partition;
  std::optional<catalog::ArchiveRecord> record;  ///< Where the journal knows it.
  std::string first_key;                         ///< Of the part it would make.
  bool eligible = false;
  bool is_held = false;              ///< Restored: eligible for who names it, and for nobody else.
  std::vector<std::string> reasons;  ///< Why not.
  std::vector<catalog::Hazard> hazards;
};

/// What the planner reads. References outlive the call.
struct PlanContext {
  const OpContext& ctx;
  pg::Connection& connection;
  catalog::Journal* journal;  ///< Null before `pgattic init`.
  const catalog::SourceTable& source;
  const SourceOptions& options;
};

/// Returns every partition of the source, oldest first. Changes nothing.
Result<std::vector<PlanEntry>> PlanSource(const PlanContext& plan);

}  // namespace pgattic::archive
