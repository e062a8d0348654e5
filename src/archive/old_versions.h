// Old versions: what a versioned bucket keeps of sidecars that were replaced.
#pragma once

#include "archive/run_context.h"

namespace pgattic::archive {

/// Deletes all versions of the archive's metadata and checksums but the current ones, in both
/// stores: metadata names first and last ids. Does nothing where no versions are kept. An error
/// says what to allow, or to delete by hand.
Status DeleteOldVersions(const RunContext& run, const catalog::ArchiveRecord& record);

}  // namespace pgattic::archive
