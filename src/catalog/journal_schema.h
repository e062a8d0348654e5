// The journal's tables and their migrations.
#pragma once

#include "base/op_context.h"
#include "base/result.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// The version of the schema `pgattic` that this program reads and writes.
inline constexpr int kJournalVersion = 6;

/// Makes or upgrades the schema `pgattic`, in one transaction; does nothing when it is
/// current. FailedPrecondition when a newer program made it, or when a publication FOR ALL
/// TABLES would send it to a subscriber that has no such schema, unless `allow_publications`.
Status InstallJournal(const OpContext& ctx, pg::Connection& connection, bool allow_publications);

/// Returns FailedPrecondition, with the remedy, unless the schema is there and current.
Status CheckJournal(const OpContext& ctx, pg::Connection& connection);

}  // namespace pgattic::catalog
