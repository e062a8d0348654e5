// Copies: everything published of an archive, in a second store under the same keys.
#pragma once

#include "archive/run_context.h"

namespace pgattic::archive {

/// Brings the second store to the archive's generation: parts, id filters, checksums, then
/// metadata, each checked on its way and recorded. Does nothing without a second store, before the
/// swap, or when nothing is missing. May be killed anywhere and called again. May block for long.
Status CopyArchive(const RunContext& run, catalog::ArchiveRecord& record);

/// Looks at every copy of the archive: there, of the length, ETag and checksum that were recorded,
/// of this generation. FailedPrecondition or NotFound, each naming the object; Ok without a second
/// store.
Status CheckCopies(const RunContext& run, const catalog::ArchiveRecord& record);

}  // namespace pgattic::archive
