// Disturbance: what else goes on in the server that a run should give way to.
#pragma once

#include <chrono>
#include <string>

#include "base/op_context.h"
#include "base/result.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// The one that is worst. A plain value.
struct Disturbance {
  std::chrono::milliseconds time{0};  ///< Of its lag, or its age; 0: there is none.
  std::string who;                    ///< For a person.
};

/// Returns the standby whose replay lags most (PostgreSQL manual, 27.2.4). PermissionDenied with
/// the grant when there are standbys whose state the role may not see.
Result<Disturbance> WorstReplicaLag(const OpContext& ctx, pg::Connection& connection);

/// Returns the oldest transaction of this database, those of pgattic's own sessions apart.
/// PermissionDenied with the grant when there are sessions that the role may not see.
Result<Disturbance> OldestTransaction(const OpContext& ctx, pg::Connection& connection);

}  // namespace pgattic::catalog
