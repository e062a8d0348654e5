// Checkup: what plan and doctor ask of the server without changing anything.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/op_context.h"
#include "base/result.h"
#include "catalog/source_table.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// One right that pgattic needs. A plain value.
struct Privilege {
  std::string what;  ///< "membership in woogles, which owns public.past_games"
  bool held = false;
  std::string grant;  ///< SQL that gives it.
};

/// Returns the rights that archiving `source` needs and whether the connected role has them.
Result<std::vector<Privilege>> CheckPrivileges(const OpContext& ctx, pg::Connection& connection,
                                               const SourceTable& source, bool is_games);

/// Returns the server's wall time.
Result<WallTime> ServerTime(const OpContext& ctx, pg::Connection& connection);

/// True when rows of the relation were updated or deleted since an archiving run looked last;
/// false when none ever did. Keeps nothing: Journal::ChangedSinceLastLook does. REQUIRES: the
/// journal is installed.
Result<bool> WouldBeDeferredForChanges(const OpContext& ctx, pg::Connection& connection,
                                       std::uint32_t relation);

}  // namespace pgattic::catalog
