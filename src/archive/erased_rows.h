// Rows of erased ids in parts: which parts hold some, and parts without them.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "archive/replacement.h"

namespace pgattic::archive {

/// Returns how many rows of the part have one of `ids`, as PostgreSQL writes them: none by its id
/// range and filter, else by point reads. Errors: the store's; Corruption for a damaged part.
Result<std::int64_t> CountRowsInPart(const RunContext& run, const model::PartRecord& part,
                                     const std::vector<std::string>& ids);

/// Writes `replacement.next`: the rows of the former part but those with one of `ids`. The former
/// must be what was proven, and its digest the sum of those of the rows written and left out; else
/// Corruption. Returns how many rows were left out.
Result<std::int64_t> WriteWithout(const RunContext& run, const std::set<std::string>& ids,
                                  Replacement& replacement);

/// Moves the bounds of ranges of ids that are erased ids themselves, so that none is kept in the
/// journal. Ranges of a round still tile all ids. Returns the numbers of the parts that changed.
/// `parts`: of one archive, as they will be. Pure.
std::set<int> MoveBounds(const std::set<std::string>& ids,
                         std::vector<catalog::JournalPart>& parts);

}  // namespace pgattic::archive
