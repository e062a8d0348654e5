// Guards: whether this run may act at all on what the journal says.
#pragma once

#include "archive/run_context.h"

namespace pgattic::archive {

/// The key under which a sidecar carries the revision that it was written at.
inline constexpr const char* kRevisionKey = "pgattic-revision";
/// The key under which the metadata carries the WAL position that it was written at.
inline constexpr const char* kLsnKey = "pgattic-lsn";

/// FailedPrecondition when PostgreSQL is not the server that the journal was written on, or an
/// earlier state of it: another system identifier or timeline, or metadata in the bucket that
/// is ahead of the journal or of the WAL, or that this journal never wrote. Then fingerprints
/// mean nothing and the bucket may hold the only copy of a row. Reads one object.
Status CheckNotRecovered(const RunContext& run, const catalog::ArchiveRecord& record);

/// The same for a scrub: metadata that is damaged, and so does not say who wrote it, passes.
Status CheckNotAhead(const RunContext& run, const catalog::ArchiveRecord& record);

/// Conflict when another process moved the archive on. Spares a stale leader most of the
/// effects outside PostgreSQL that it would have to undo; nothing depends on it.
Status CheckStillLeading(const RunContext& run, const catalog::ArchiveRecord& record);

/// The user metadata of a sidecar of this archive.
std::map<std::string, std::string> SidecarMetadata(const catalog::ArchiveRecord& record,
                                                   const std::string& lsn);

/// True when the object was written for this archive, by this journal, not after this record's
/// revision.
bool IsOurSidecar(const store::ObjectInfo& object, const catalog::ArchiveRecord& record);

}  // namespace pgattic::archive
