// Object checks: whether the bucket still holds what was proven, and whose an object is.
#pragma once

#include "archive/run_context.h"

namespace pgattic::archive {

/// Returns true when `failure`, of a HEAD or GET, means that there is no such object; else the
/// failure itself. A missing key answers 403 to an identity that may not list, as wrong
/// credentials do: they are told apart by an object that is known to be there. May block.
Result<bool> IsMissing(const RunContext& run, const catalog::ArchiveRecord& record, Status failure);

/// Looks at one object, current or by version: length, ETag, checksum, no expiry rule, no frozen
/// storage class. Errors as of CheckObjects.
Status CheckObject(const RunContext& run, const catalog::ArchiveRecord& record,
                   const model::PartRecord& part, const std::string& version);

/// Looks at every published part of the archive, current and by version: length, ETag,
/// checksum, no expiry rule, no frozen storage class. NotFound (a part is gone) or
/// FailedPrecondition (it is another object, or will not stay), each naming the object.
/// Returns the rows of the record's round that the parts hold.
Result<std::int64_t> CheckObjects(const RunContext& run, const catalog::ArchiveRecord& record);

}  // namespace pgattic::archive
