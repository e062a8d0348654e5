// Restore table: the table that a restore fills, from its creation to the proof of what is in it.
#pragma once

#include "archive/part_load.h"
#include "archive/run_context.h"
#include "catalog/restoring.h"

namespace pgattic::archive {

/// Returns the parts whose rows are the archive's: published and proven, of all rounds.
Result<std::vector<catalog::JournalPart>> ArchivedParts(const RunContext& run,
                                                        const catalog::ArchiveRecord& record);

/// Makes the table, and loads every part that is not in it yet, several at a time, each in one
/// transaction with its record. Goes on where a run before it was killed; begins anew when the
/// table was dropped, or holds a part that is none of the archive's any more. Rows of erased ids
/// are left out. `sibling` is the
/// partition that has the archive's place now: the table lies in the same tablespace.
/// Errors: FailedPrecondition (the name is taken; a column does not fit), Corruption (a part),
/// Conflict.
Result<catalog::RestoreRecord> FillRestoreTable(const RunContext& run,
                                                catalog::ArchiveRecord& record,
                                                const std::optional<catalog::RelationRef>& sibling);

/// Compares what the table holds with what the parts held, row for row by digest, and records
/// which tuples those are. FailedPrecondition when somebody wrote to it or altered it.
Status ProveRestoreTable(const RunContext& run, catalog::ArchiveRecord& record,
                         catalog::RestoreRecord& restore);

}  // namespace pgattic::archive
