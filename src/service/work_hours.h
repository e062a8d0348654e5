// WorkHours: the configured window as something a run can ask, in a zone of PostgreSQL's.
#pragma once

#include <string>

#include "archive/pacer.h"
#include "base/op_context.h"
#include "base/result.h"
#include "pg/connection.h"
#include "service/config.h"
#include "service/zone.h"

namespace pgattic::service {

/// Returns the zone of that name, good from some months ago until two years from now.
/// InvalidArgument when PostgreSQL does not know it. UTC is not asked for.
Result<Zone> LoadZone(const OpContext& ctx, pg::Connection& connection, const std::string& name);

/// Returns what says whether a run may work now: always, without a window. Errors of LoadZone.
Result<archive::MayWork> WorkHours(const OpContext& ctx, pg::Connection& connection,
                                   const ScheduleSettings& settings);

}  // namespace pgattic::service
