// Mark, fence and swap, drop, rollback: the steps that change what readers find
// (DESIGN 5.4 to 5.6).
#pragma once

#include "archive/run_context.h"

namespace pgattic::archive {

/// verified → marked: sets the statuses of the profile, in batches, then waits until no
/// snapshot is left that could find the month empty and a status old. Deferred when that
/// takes longer than options.snapshot_wait.
Status Mark(const RunContext& run, catalog::ArchiveRecord& record);

/// marked → detached, one transaction; or back to exporting when the fence finds that rows
/// or schema are no longer those exported (OK in both cases). Deferred when a lock could not
/// be had in options.swap_tries tries.
Status Swap(const RunContext& run, catalog::ArchiveRecord& record);

/// detached → archived: everything is checked again, then the table is dropped. Deferred
/// before the grace is over. FailedPrecondition when somebody wrote to the detached table or
/// an object is no longer what was proven.
Status Drop(const RunContext& run, catalog::ArchiveRecord& record);

/// True when the grace is over, by the server's clock.
Result<bool> IsDropDue(const RunContext& run, const catalog::ArchiveRecord& record);

/// Takes the archive back, from any phase but archived: the old table, with the late rows,
/// is a partition again, statuses are as before, the objects are deleted. A late round
/// cannot be rolled back (Unsupported).
Status RollBack(const RunContext& run, catalog::ArchiveRecord& record);

}  // namespace pgattic::archive
