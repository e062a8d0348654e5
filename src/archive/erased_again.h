// Erased again: what a recovery of PostgreSQL undid of erasures, as the metadata tells.
#pragma once

#include <string>
#include <vector>

#include "archive/run_context.h"

namespace pgattic::archive {

/// Puts `hashes`, which the archive's metadata names, on the list of the source and of the archive,
/// and deletes the rows of these ids from `tables`, in one transaction that begins with the
/// compare-and-set. Where one of them is the record's table, its fingerprint becomes that of what
/// is left. Reads the ids of the tables first. Safe to repeat. Errors as of
/// catalog::DeleteRowsIn.
Status EraseAgain(const RunContext& run, catalog::ArchiveRecord& record,
                  const std::vector<std::string>& hashes,
                  const std::vector<catalog::RelationRef>& tables);

}  // namespace pgattic::archive
