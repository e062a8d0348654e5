// Names of DuckDB's types as they are written in SQL.
#pragma once

#include <duckdb.h>

#include <string>

namespace pgattic::engine {

/// Returns "bigint", "decimal(10,2)", "timestamp with time zone", "json"; of nested types the
/// kind alone: "list", "struct", "map". Pure.
std::string DuckDbTypeName(duckdb_logical_type type);

}  // namespace pgattic::engine
