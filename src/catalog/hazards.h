// Hazards: what makes archiving a partition unsafe, or is worth knowing before.
#pragma once

#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "catalog/source_table.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// One finding. `code` is stable, for scripts; `message` names the remedy. A plain value.
struct Hazard {
  std::string code;
  std::string message;
  bool refuses = false;  ///< False: told, and gone on with.
};

/// What the configuration says of a source, as far as hazards depend on it.
struct HazardOptions {
  bool allow_publications = false;  ///< The operator takes that hazard on.
  bool marks_games = false;         ///< Profile games: statuses are written.
};

/// Looks for hazards of archiving `relation`, a partition of `source` with the given oid.
/// Cheap: the catalog and one probe for NULL ids where the column allows them. Called when
/// planning and once more under the fence's lock.
Result<std::vector<Hazard>> FindHazards(const OpContext& ctx, pg::Connection& connection,
                                        const SourceTable& source, const Partition& partition,
                                        const HazardOptions& options);

/// Returns FailedPrecondition with every refusing hazard, or OK.
Status RefuseHazards(const std::vector<Hazard>& hazards, const std::string& partition);

}  // namespace pgattic::catalog
