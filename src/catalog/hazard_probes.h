// The probes that FindHazards is made of, where one is more than a query in its table.
#pragma once

#include <vector>

#include "catalog/hazards.h"

namespace pgattic::catalog {

/// Columns whose text names an object of the catalog (regclass and its like).
Status AddRegTypes(const OpContext& ctx, pg::Connection& connection, const Partition& partition,
                   std::vector<Hazard>& hazards);
/// Encodings in which bytes have no meaning, or ids another order than the archive's.
Status AddEncoding(const OpContext& ctx, pg::Connection& connection, const SourceTable& source,
                   std::vector<Hazard>& hazards);
/// Privileges that are missing, each with the GRANT that gives it.
Status AddMissingAccess(const OpContext& ctx, pg::Connection& connection, const SourceTable& source,
                        const Partition& partition, bool marks_games, std::vector<Hazard>& hazards);

}  // namespace pgattic::catalog
