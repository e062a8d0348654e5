// The keys of [engine], [trino] and [athena], a part of the table of keys (config_keys.h).
#pragma once

#include <vector>

#include "service/config_keys.h"

namespace pgattic::service {

std::vector<ConfigKey> EngineKeys();

}  // namespace pgattic::service
