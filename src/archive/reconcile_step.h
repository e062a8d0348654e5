// Reconcile: after PostgreSQL was recovered or failed over, journal, catalog, statuses and bucket
// are brought together again (DESIGN 5, last paragraphs).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "archive/run_context.h"

namespace pgattic::archive {

/// One thing that differs, and what a repair does about it. A plain value.
struct Difference {
  std::string what;
  std::string repair;
};

/// What was found of one archive. A plain value.
struct Reconciled {
  std::string partition;
  std::string phase;                    ///< As the journal has it now; "" where it has no row.
  std::vector<Difference> differences;  ///< Empty: all agree.
  bool is_repaired = false;
  Status status;  ///< Why it could not be looked at, or repaired.
};

/// Looks at one archive, or at a partition of which the journal knows none, and, where `repair` is
/// set, makes it whole: no row is lost, none is there twice. The higher generation wins; rows that
/// the bucket alone has are put back into the partition, unless they were erased; a round that was
/// not swapped is archived anew, the grace of one that was begins anew. Killed anywhere, it can be
/// called again. nullopt where there is nothing to look at.
/// Errors, in the outcome: Corruption, FailedPrecondition with what a person has to do.
std::optional<Reconciled> Reconcile(const RunContext& run, const catalog::ArchiveRecord* record,
                                    const std::optional<catalog::Partition>& attached, bool repair);

}  // namespace pgattic::archive
