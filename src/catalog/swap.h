// The statements of fence, swap, drop and rollback. Each function is one statement or a few
// that belong together; their order and conditions are archive/swap_step's.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "catalog/relation.h"
#include "catalog/source_table.h"
#include "model/bounds.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// Looks twice at pg_locks, `apart` between: returns who holds a lock on the relation in
/// both looks ("pid 123", "prepared transaction 'x'"). Trying to lock against them would only
/// queue everybody else behind the try. Blocks for `apart`.
Result<std::vector<std::string>> LastingHolders(const OpContext& ctx, pg::Connection& connection,
                                                std::uint32_t relation,
                                                std::chrono::milliseconds apart);

/// True when some backend waits for a lock on the relation.
Result<bool> HasWaiters(const OpContext& ctx, pg::Connection& connection, std::uint32_t relation);

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

/// SET LOCAL synchronous_commit; "local" for a swap, so that no lock is held for a standby.
Status SetSynchronousCommit(const OpContext& ctx, pg::Connection& connection,
                            const std::string& value);
/// Makes the commit at least locally durable where the setting says off.
Status RequireDurableCommit(const OpContext& ctx, pg::Connection& connection);

/// Detaches the partition and drops its foreign keys out. REQUIRES: both locked.
Status DetachPartition(const OpContext& ctx, pg::Connection& connection, const SourceTable& source,
                       const RelationRef& partition);
/// Makes the empty partition that takes the place of `former`, with its grants, storage
/// options, replica identity and row security.
Status CreateLatePartition(const OpContext& ctx, pg::Connection& connection,
                           const SourceTable& source, const RelationRef& former,
                           const std::string& late_name, const model::Bounds& bounds);
/// DROP TABLE … RESTRICT.
Status DropRelation(const OpContext& ctx, pg::Connection& connection,
                    const pg::QualifiedName& name);

/// Prepares a detached table for ATTACH without a scan: a validated CHECK of the bounds,
/// NOT NULL included, and the parent's foreign keys, validated. Safe to repeat.
Status PrepareAttach(const OpContext& ctx, pg::Connection& connection, const SourceTable& source,
                     const RelationRef& detached, const model::Bounds& bounds);
/// Detaches the late partition, moves its rows into `former`, attaches that, and drops the
/// late partition. REQUIRES: parent and both tables locked.
Status SwapBack(const OpContext& ctx, pg::Connection& connection, const SourceTable& source,
                const RelationRef& former, const pg::QualifiedName& late,
                const model::Bounds& bounds);

/// Returns the oid of a relation by name; 0 when there is none.
Result<std::uint32_t> FindRelation(const OpContext& ctx, pg::Connection& connection,
                                   const pg::QualifiedName& name);
/// Returns the oid of the parent that the relation is attached to; 0 when to none.
Result<std::uint32_t> ParentOf(const OpContext& ctx, pg::Connection& connection,
                               std::uint32_t relation);
/// Returns a name of at most 63 bytes for the late partition of `partition` in `round`.
std::string LateName(const std::string& partition, int round);

}  // namespace pgattic::catalog
