// Publishing: the sidecars that make an archive exist (DESIGN 5.4).
#pragma once

#include "archive/run_context.h"

namespace pgattic::archive {

/// Writes the owner object of the source's prefix if it is absent. FailedPrecondition when
/// another source, or another server, owns the prefix.
Status ClaimPrefix(const RunContext& run, const catalog::ArchiveRecord& record);

/// True when the metadata in the bucket names exactly the verified parts.
Result<bool> IsPublished(const RunContext& run, const catalog::ArchiveRecord& record);

/// verified → verified, generation + 1: checksums first, then the metadata, then the
/// journal. FailedPrecondition when the new generation would lack ids of the one before and
/// options.allow_shrink is not set.
Status Publish(const RunContext& run, catalog::ArchiveRecord& record);

/// Makes the bucket what the journal says: the metadata of an archive at rest whose late round
/// was rolled back is written anew, then CleanUp. Safe to repeat.
Status Tidy(const RunContext& run, catalog::ArchiveRecord& record);

}  // namespace pgattic::archive
