// Rebuild: the journal from the bucket's metadata alone (DESIGN 5, last paragraphs).
#pragma once

#include <string>
#include <vector>

#include "archive/run_context.h"

namespace pgattic::archive {

/// What became of one archive of the bucket. A plain value.
struct Rebuilt {
  std::string partition;
  std::string key;    ///< Of its metadata.
  std::string phase;  ///< "" where it has no row.
  int parts = 0;
  std::int64_t rows = 0;
  int erased = 0;        ///< Ids that the metadata names as erased, by keyed hashes.
  bool is_made = false;  ///< False: the journal had it already.
  Status status;  ///< FailedPrecondition: its row differs. Corruption: the metadata or a part.
};

/// Lists the source's prefix, and makes a journal row of each archive that the journal does not
/// know: numbers, parts and names from the metadata and the objects, the phase from the catalog
/// (table dropped: archived; standing aside: detached, when its rows are those of the parts, and
/// the grace begins anew; still a partition: the round begins anew). Fingerprints are taken of
/// tables, never from metadata; statuses before the marks are lost with the journal. Hashes of
/// erased ids go on the lists; they mean nothing without the key that they were made with. A row
/// that is there is compared and left as it is. Each archive is one transaction; safe to repeat.
/// Errors: PermissionDenied where the bucket may not be listed.
Result<std::vector<Rebuilt>> Rebuild(const RunContext& run);

}  // namespace pgattic::archive
