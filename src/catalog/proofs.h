// Proofs: when each published part was last read whole, and what was found wrong with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "model/bounds.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// Records that a part was read whole just now and is what it was proven to be.
/// `scrubbed_bytes`: read for it by a scrub; 0 where the export's own proof did.
Status NoteProof(const OpContext& ctx, pg::Connection& connection, std::int64_t archive_id,
                 int number, std::int64_t scrubbed_bytes);
/// Records what is wrong with a part, so that an alert fires, and that it was looked at.
Status NoteDamage(const OpContext& ctx, pg::Connection& connection, std::int64_t archive_id,
                  int number, const std::string& damage, std::int64_t scrubbed_bytes);

/// True when something of the archive is noted as damaged.
Result<bool> HasDamage(const OpContext& ctx, pg::Connection& connection, std::int64_t archive_id);

/// A published part of an archive at rest, to be read again. A plain value.
struct OldProof {
  std::int64_t archive_id = 0;
  int number = 0;
  std::int64_t bytes = 0;
};
/// Returns all of a source, the oldest proof first; those never noted come before all others.
Result<std::vector<OldProof>> OldestProofs(const OpContext& ctx, pg::Connection& connection,
                                           const model::SourceId& source);

/// Returns how many bytes scrubs have read since midnight, UTC, in this database.
Result<std::int64_t> ScrubbedToday(const OpContext& ctx, pg::Connection& connection);

/// What has to be looked after, as numbers. A plain value.
struct Upkeep {
  std::int64_t published_parts = 0;  ///< Of archives whose rows are read from the store.
  std::int64_t uncopied_parts = 0;
  double copy_lag_seconds = 0;  ///< Age of the oldest part without a copy.
  std::int64_t damaged_parts = 0;
  double oldest_proof_seconds = 0;  ///< Since the oldest part was last read whole.
  std::int64_t open_erasures = 0;
};
/// Looks at all archives of this database, one statement.
Result<Upkeep> LookAtUpkeep(const OpContext& ctx, pg::Connection& connection);

}  // namespace pgattic::catalog
