// Cleanup: deletes from the bucket what no generation names any more.
#pragma once

#include "archive/run_context.h"

namespace pgattic::archive {

/// Deletes the objects (and unfinished uploads) of obsolete parts, and the sidecars of an
/// archive that was rolled back, then forgets them. Each key is known from the journal, each
/// DELETE names what it deletes. Safe to repeat.
Status CleanUp(const RunContext& run, catalog::ArchiveRecord& record);

/// Ends uploads that a killed run left of this key ("": of none). A store that cannot list them,
/// or may not, ends them by its own rules: no error.
Status EndUploads(const OpContext& ctx, store::ObjectStore& store, const std::string& key);

/// Call when what was written for `part` could not be recorded. Where that part counts no more
/// for the journal, asked over a session of its own, another process took the archive over and
/// may never look for these objects again: they are deleted. Where it cannot be asked, they stay.
void DeleteUnlessWanted(const RunContext& run, const catalog::ArchiveRecord& record,
                        const catalog::JournalPart& part);

/// The same of a sidecar: deleted when another process has moved the archive on from `record`.
void DeleteUnlessLeading(const RunContext& run, const catalog::ArchiveRecord& record,
                         const std::string& key, const store::ObjectInfo& object);

}  // namespace pgattic::archive
