// Restore of chosen rows: copies of archived rows in a table of their own.
#pragma once

#include <string>
#include <vector>

#include "archive/part_load.h"
#include "archive/run_context.h"

namespace pgattic::archive {

/// What was loaded. A plain value.
struct LoadedIds {
  std::int64_t rows = 0;
  std::vector<std::string> absent;  ///< Of the ids asked for: none archived, or erased.
};

/// Loads the archived rows with one of `ids`, each as PostgreSQL writes it, into `table`, which is
/// made like the source where there is none and has to be empty else. One transaction: all of them,
/// proven, or none. The archive and the live table stay as they are. Every part that can hold one
/// of the ids is read whole and compared with its proof. Memory: the ids, twice.
/// Errors: FailedPrecondition (nothing is archived, the table holds rows or does not fit), as
/// PartLoad.
Result<LoadedIds> RestoreIds(const RunContext& run, const catalog::ArchiveRecord& record,
                             const std::vector<std::string>& ids, const pg::QualifiedName& table);

}  // namespace pgattic::archive
