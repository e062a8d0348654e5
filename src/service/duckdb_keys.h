// The keys of [duckdb], a part of the table of keys (config_keys.h).
#pragma once

#include <vector>

#include "service/config_keys.h"

namespace pgattic::service {

std::vector<ConfigKey> DuckDbKeys();

}  // namespace pgattic::service
