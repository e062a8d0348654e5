// The keys of [schedule], [rollout] and of pacing, a part of the table of keys (config_keys.h).
#pragma once

#include <vector>

#include "service/config_keys.h"

namespace pgattic::service {

std::vector<ConfigKey> ScheduleKeys();

/// Parses "months=6 soak=14d, months=4 soak=14d, months=3": fewer months each, a soak but for the
/// last. InvalidArgument says what to write.
Result<std::vector<archive::RolloutStage>> ParseRollout(const std::string& text);

}  // namespace pgattic::service
