// What a reader of the whole wants to know: where every archive stands, and one archived row.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "catalog/journal.h"
#include "catalog/source_table.h"
#include "model/part.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// An archive with its parts that are not obsolete: key, rows, sizes and sha256 of each.
struct ArchiveOverview {
  ArchiveRecord record;
  std::vector<model::PartRecord> parts;
};

/// Returns how much room its dropped tables took. Pure.
std::int64_t FreedBytes(const ArchiveRecord& record);

/// Returns every archive of the journal, by source, oldest first. Two statements.
Result<std::vector<ArchiveOverview>> ListOverviews(const OpContext& ctx,
                                                   pg::Connection& connection);

/// Returns the published part that was archived last, of an archive of this database's `source`
/// whose rows are read from the store; nullopt when there is none. Its min_id is the id of a row in
/// it.
Result<std::optional<model::PartRecord>> LastPublishedPart(const OpContext& ctx,
                                                           pg::Connection& connection,
                                                           const pg::QualifiedName& source);

}  // namespace pgattic::catalog
