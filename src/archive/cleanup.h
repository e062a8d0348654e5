// Cleanup: deletes from the bucket what no generation names any more.
#pragma once

#include "archive/run_context.h"

namespace pgattic::archive {

/// Deletes the objects (and unfinished uploads) of obsolete parts, and the sidecars of an
/// archive that was rolled back, then forgets them. Each key is known from the journal, each
/// DELETE names what it deletes. Safe to repeat.
Status CleanUp(const RunContext& run, catalog::ArchiveRecord& record);

}  // namespace pgattic::archive
