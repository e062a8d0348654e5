// Missing rows: what parts hold and a table of the database does not.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "archive/run_context.h"

namespace pgattic::archive {

/// Rows that parts hold and a table does not. A plain value.
struct MissingRows {
  std::int64_t rows = 0;
  std::set<std::string> ids;     ///< Of which the table has no row.
  std::set<std::string> partly;  ///< Of which it has some, but fewer than the parts.
};

/// Compares by ids, erased ones left out. Reads the id columns of the parts only.
Result<MissingRows> RowsMissingIn(const RunContext& run, const catalog::RelationRef& relation,
                                  const std::vector<catalog::JournalPart>& parts);

/// Loads the rows with these ids from the parts into `relation`, a partition, as its owner: in one
/// transaction that begins with the compare-and-set, the proof of each part checked, and ends with
/// a comparison of what the table took. Safe to repeat with the ids that are missing then. Returns
/// how many rows were put back. FailedPrecondition when a trigger of the partition changes rows.
Result<std::int64_t> PutBackRows(const RunContext& run, catalog::ArchiveRecord& record,
                                 const catalog::RelationRef& relation,
                                 const std::vector<catalog::JournalPart>& parts,
                                 const std::set<std::string>& ids);

}  // namespace pgattic::archive
