// Publishing: the sidecars that make an archive exist (DESIGN 5.4).
#pragma once

#include "archive/run_context.h"
#include "model/metadata.h"

namespace pgattic::archive {

/// Writes the owner object of the source's prefix if it is absent. FailedPrecondition when
/// another source, or another server, owns the prefix.
Status ClaimPrefix(const RunContext& run, const catalog::ArchiveRecord& record);

/// The same of an owner object that is there; writes none. Errors: the store's too.
Status CheckPrefix(const RunContext& run);

/// Writes a sidecar over the one that `options` expect. One that a killed run wrote and did not
/// record is replaced as well, if it is this archive's and not newer; else Conflict.
Result<store::ObjectInfo> ReplaceSidecar(const RunContext& run,
                                         const catalog::ArchiveRecord& record,
                                         const std::string& key, const std::string& text,
                                         store::WriteOptions options);

/// True when the metadata in the bucket names exactly the verified parts.
Result<bool> IsPublished(const RunContext& run, const catalog::ArchiveRecord& record);

/// verified → verified, generation + 1: checksums first, then the metadata, then the
/// journal. FailedPrecondition when the new generation would lack ids of the one before and
/// options.allow_shrink is not set.
Status Publish(const RunContext& run, catalog::ArchiveRecord& record);

/// Publishes an archive at rest once more, as its next generation, without looking at its ids.
Status PublishAgain(const RunContext& run, catalog::ArchiveRecord& record);

/// Makes the bucket what the journal says: the metadata of an archive at rest whose late round
/// was rolled back is written anew, then CleanUp. Safe to repeat.
Status Tidy(const RunContext& run, catalog::ArchiveRecord& record);

/// Writes the metadata that lies in the bucket once more, as the next generation of this server's
/// WAL position: after a recovery it is ahead of both. What it names stays. REQUIRES: the record's
/// nonce and revision are those of the metadata, or newer.
Status PublishRecovered(const RunContext& run, catalog::ArchiveRecord& record,
                        model::Metadata metadata);

}  // namespace pgattic::archive
