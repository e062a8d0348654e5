// Reads DuckDB's plans: which columns of which tables and files a statement touches.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/duckdb_engine.h"

namespace pgattic::engine {

/// Reads the answer of EXPLAIN (FORMAT json). Internal for text that is none. Pure.
Result<std::vector<Scan>> ParsePlan(std::string_view json);

}  // namespace pgattic::engine
