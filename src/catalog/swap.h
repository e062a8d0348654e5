// The statements of fence, swap, drop and rollback. Each function is one statement or a few
// that belong together; their order and conditions are archive/swap_step's.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "catalog/relation.h"
#include "catalog/source_table.h"
#include "model/bounds.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// Looks twice at pg_locks, `apart` between: returns who holds, in both looks, a lock that the
/// swap would wait for, on the parent, the partition or a table that the partition refers to
/// ("pid 123 on past_games", "prepared transaction 'x' on …"). Trying to lock against them
/// would only queue everybody else behind the try. Blocks for `apart`.
Result<std::vector<std::string>> LastingHolders(const OpContext& ctx, pg::Connection& connection,
                                                std::uint32_t parent, std::uint32_t partition,
                                                std::chrono::milliseconds apart);

/// True when some backend waits for a lock on the relation.
Result<bool> HasWaiters(const OpContext& ctx, pg::Connection& connection, std::uint32_t relation);

/// SET LOCAL lock_timeout: Deferred is what a statement that waits longer returns.
Status SetLockTimeout(const OpContext& ctx, pg::Connection& connection,
                      std::chrono::milliseconds timeout);

/// LOCK TABLE ONLY … IN `mode` MODE, waiting at most `timeout`. Deferred when it was not got.
Status LockRelation(const OpContext& ctx, pg::Connection& connection, const pg::QualifiedName& name,
                    const std::string& mode, std::chrono::milliseconds timeout);

/// Returns the longest wait for a lock on a parent: `wanted`, at most half of the server's
/// deadlock_timeout, so that it is never a waiting writer that dies of a deadlock.
Result<std::chrono::milliseconds> ParentLockTimeout(const OpContext& ctx,
                                                    pg::Connection& connection,
                                                    std::chrono::milliseconds wanted);

/// SET LOCAL ROLE: what follows is done, and owned, by the table's owner.
Status ActAsOwner(const OpContext& ctx, pg::Connection& connection, const SourceTable& source);

/// Ends ActAsOwner before the transaction does: the journal is pgattic's own.
Status StopActing(const OpContext& ctx, pg::Connection& connection);

/// SET LOCAL synchronous_commit; "local" for a swap, so that no lock is held for a standby.
Status SetSynchronousCommit(const OpContext& ctx, pg::Connection& connection,
                            const std::string& value);

/// Detaches the partition and drops its foreign keys out. REQUIRES: both locked.
Status DetachPartition(const OpContext& ctx, pg::Connection& connection, const SourceTable& source,
                       const RelationRef& partition);
/// Makes the empty partition that takes the place of `former`, with its grants, storage
/// options, statistics targets, replica identity and row security.
Status CreateLatePartition(const OpContext& ctx, pg::Connection& connection,
                           const SourceTable& source, const RelationRef& former,
                           const std::string& late_name, const model::Bounds& bounds);
/// Gives `to` the grants, storage options, statistics targets, replica identity and row security
/// of `from`. A replica identity by index needs the index.
Status CopyAttributes(const OpContext& ctx, pg::Connection& connection, const RelationRef& from,
                      const pg::QualifiedName& to);
/// Makes an empty table with the columns of the source as they are now, in the tablespace of
/// `sibling` where that is not the parent's. No keys, indexes or checks but NOT NULL.
Result<RelationRef> CreateLikeParent(const OpContext& ctx, pg::Connection& connection,
                                     const SourceTable& source, const pg::QualifiedName& name,
                                     const std::optional<RelationRef>& sibling);
/// DROP TABLE … RESTRICT.
Status DropRelation(const OpContext& ctx, pg::Connection& connection,
                    const pg::QualifiedName& name);

/// Returns the oid of a relation by name; 0 when there is none.
Result<std::uint32_t> FindRelation(const OpContext& ctx, pg::Connection& connection,
                                   const pg::QualifiedName& name);
/// Returns the present name of a relation; nullopt when it was dropped.
Result<std::optional<pg::QualifiedName>> NameOfRelation(const OpContext& ctx,
                                                        pg::Connection& connection,
                                                        std::uint32_t oid);
/// Returns the oid of the parent that the relation is attached to; 0 when to none.
Result<std::uint32_t> ParentOf(const OpContext& ctx, pg::Connection& connection,
                               std::uint32_t relation);
/// Returns a name of at most 63 bytes for the late partition of `partition` in `round`; a name
/// that has to be cut gets a hash of the whole.
std::string LateName(const std::string& partition, int round);

}  // namespace pgattic::catalog
