// Rollback check: no object is deleted that holds the only copy of a row.
#pragma once

#include "archive/run_context.h"

namespace pgattic::archive {

/// OK when the table of the record's round is there and holds every id of the proven parts that
/// a rollback deletes: at once when its fingerprint is the exported one, else by reading their
/// ids. FailedPrecondition that names the id, unless options.allow_shrink.
Status RefuseLosing(const RunContext& run, const catalog::ArchiveRecord& record);

}  // namespace pgattic::archive
