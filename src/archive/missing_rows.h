// Missing rows: what parts hold and a table of the database does not.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "archive/run_context.h"

namespace pgattic::archive {

/// Returns the ids of rows of the parts that no row of `relation` has, erased ones left out. Reads
/// the id columns of the parts only. Memory: those ids.
Result<std::set<std::string>> IdsMissingIn(const RunContext& run,
                                           const catalog::RelationRef& relation,
                                           const std::vector<catalog::JournalPart>& parts);

/// Loads the rows with these ids from the parts into `relation`, a partition, as its owner: in one
/// transaction that begins with the compare-and-set, the proof of each part checked. Safe
/// to repeat with the ids that are missing then. Returns how many rows were put back.
Result<std::int64_t> PutBackRows(const RunContext& run, catalog::ArchiveRecord& record,
                                 const catalog::RelationRef& relation,
                                 const std::vector<catalog::JournalPart>& parts,
                                 const std::set<std::string>& ids);

}  // namespace pgattic::archive
