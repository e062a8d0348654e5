// Answers as REST gives them. Rows and documents stand in them byte for byte.
#pragma once

#include <pgattic/v1/archive.pb.h>

#include <string>
#include <string_view>

#include "base/error.h"

namespace pgattic::api {

/// Returns "database", "cache", …; "" for none.
std::string_view TierName(v1::Tier tier);
/// Returns "available", "absent", "erased", "temporarily_unavailable".
std::string_view AvailabilityName(v1::Availability availability);

// Each returns one JSON object, without a line break.

/// {"created_at", "migration_status", …}; what is NULL is null.
std::string ToJson(const v1::GameInfo& info);
/// {"id", "tier", "availability", "game", "row", "why"}
std::string ToJson(const v1::GetGameResponse& response);
/// {"games": […]}
std::string ToJson(const v1::BatchGetGamesResponse& response);
/// {"id", "source", "tier", "availability", "row", "why"}
std::string ToJson(const v1::GetRowResponse& response);
/// {"archives": […]}
std::string ToJson(const v1::ListArchivesResponse& response);
/// {"error": {"code", "message"}}
std::string ErrorJson(std::string_view code, const std::string& message);

}  // namespace pgattic::api
