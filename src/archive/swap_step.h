// Mark, fence and swap, drop, rollback: the steps that change what readers find
// (DESIGN 5.4 to 5.6).
#pragma once

#include "archive/run_context.h"

namespace pgattic::archive {

/// Sets the statuses of the profile, in batches; nothing without a profile. Safe to repeat.
Status MarkStatuses(const RunContext& run, catalog::ArchiveRecord& record);

/// verified → marked: sets the statuses of the profile, in batches, then waits until no
/// snapshot is left that could find the month empty and a status old. Deferred when that
/// takes longer than options.snapshot_wait.
Status Mark(const RunContext& run, catalog::ArchiveRecord& record);

/// marked → detached, one transaction; or back to exporting when the fence finds that rows
/// or schema are no longer those exported (OK in both cases). Deferred when a lock could not
/// be had in options.swap_tries tries.
Status Swap(const RunContext& run, catalog::ArchiveRecord& record);

/// detached → archived: everything is checked again, then the table is dropped.
/// REQUIRES: IsDropDue. FailedPrecondition when somebody wrote to the detached table or
/// an object is no longer what was proven.
Status Drop(const RunContext& run, catalog::ArchiveRecord& record);

/// True when the grace is over, by the server's clock.
Result<bool> IsDropDue(const RunContext& run, const catalog::ArchiveRecord& record);

/// Takes the round back, from any phase but archived: its table, with the rows that came
/// later, is a partition again, statuses are as before, the objects of the round are deleted.
/// FailedPrecondition when the table lacks rows that the archive holds, or cannot be attached.
Status RollBack(const RunContext& run, catalog::ArchiveRecord& record);

}  // namespace pgattic::archive
