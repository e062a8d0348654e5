// Restore: a whole archive back into the live table (DESIGN 5, last paragraphs).
#pragma once

#include "archive/run_context.h"

namespace pgattic::archive {

/// archived → planned: a table is made, filled from the published parts of every round, compared
/// with them, and attached in the place of the late partition, whose rows it takes in; then the
/// statuses are put back as they were before the archive marked them. At no instant a reader
/// misses a row or finds it twice. The objects stay, and stay published, until the next generation
/// of the archive replaces them, or `rollback` deletes them. Safe to kill at any instant and to
/// call again; does nothing when all is done. Rows of erased ids stay away.
/// Errors: FailedPrecondition (not archived; a column does not fit; a key is there twice),
/// Deferred (a lock could not be had), Corruption (a part).
Status Restore(const RunContext& run, catalog::ArchiveRecord& record);

/// Ends a restore that was killed after its table was attached: statuses. Nothing otherwise.
Status EndRestore(const RunContext& run, catalog::ArchiveRecord& record);

/// Puts the statuses of the games of record.relation back as they were before the round marked
/// them, in batches; nothing without a profile. Safe to repeat.
Status PutBackStatuses(const RunContext& run, catalog::ArchiveRecord& record);

/// Rolls the restored back to never archived: the objects that its restore kept are obsolete.
/// Nothing when there are none. REQUIRES: phase planned, round 1.
Status ForgetRestored(const RunContext& run, catalog::ArchiveRecord& record);

}  // namespace pgattic::archive
