// The limit on bytes scanned, for engines that tell them while a query runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace pgattic::engine {

/// Returns ResourceExhausted when a query has scanned more than it may. Pure.
Status CheckByteLimit(std::int64_t scanned, std::optional<std::int64_t> max_bytes,
                      std::string_view engine);

}  // namespace pgattic::engine
