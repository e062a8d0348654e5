// What Athena's errors mean.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace pgattic::engine {

/// Returns the status of an answer that is not 200. `body` is JSON of the AWS JSON 1.1 protocol, or
/// anything. Source: Athena API Reference, "Common errors" and those of each action.
Status FromAthenaHttp(int status, std::string_view body, const std::string& url);

/// Returns the status of a query that failed, by the reason that Athena gives: "TYPE_MISMATCH: line
/// 1:8: …". `category` 1 is a fault of the system, 2 of the user, 3 any other, 0 unknown.
/// Source: Athena API Reference, AthenaError.
Status FromAthenaReason(const std::string& reason, int category);

}  // namespace pgattic::engine
