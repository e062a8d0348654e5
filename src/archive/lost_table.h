// Lost tables: what to do when somebody dropped or renamed the table of an archive by hand.
#pragma once

#include "archive/run_context.h"

namespace pgattic::archive {

/// OK when the table of the record's round is there, under its name. FailedPrecondition, with
/// what can be done, when it was renamed or dropped; but with options.accept_lost_table and a
/// published generation every part is read back whole and the archive becomes archived (OK).
Status CheckTableIsThere(const RunContext& run, catalog::ArchiveRecord& record);

}  // namespace pgattic::archive
