// Garbage: objects and uploads below a source's prefix that nobody will look for again.
#pragma once

#include <string>
#include <vector>

#include "archive/run_context.h"

namespace pgattic::archive {

/// What was found. A plain value.
struct GarbageReport {
  std::vector<std::string> removed;  ///< Keys; of an upload "unfinished upload of KEY".
  std::vector<std::string> left;     ///< Objects that are not the journal's, and not surely ours.
  std::string why_not;               ///< Where the store may not be listed; nothing was looked for.
};

/// Deletes parts, id filters and unfinished uploads of the source that its journal does not know:
/// keys are journalled before they are written, so what is listed first and not in the journal
/// afterwards was forgotten. An object that carries no nonce of pgattic, or lies beside the
/// metadata of an archive that the journal does not know, is left. FailedPrecondition, nothing
/// deleted, when the bucket is ahead of the journal or its prefix is another's. Needs to list the
/// store `run.store`.
Status CollectGarbage(const RunContext& run, GarbageReport& report);

}  // namespace pgattic::archive
