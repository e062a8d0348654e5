// What DuckDB's errors mean in the closed set of codes.
#pragma once

#include <duckdb.h>

#include <string>

#include "base/result.h"

namespace pgattic::engine {

/// Returns the Status of an error: its type, and where that says too little (I/O, HTTP) what its
/// message says. Origin {"duckdb", the first words of the message}. Pure.
Status DuckDbError(duckdb_error_type type, const std::string& message);

/// The same of a message alone, or null, as prepared and pending statements keep it: it begins with
/// the type's name.
Status DuckDbError(const char* message);

}  // namespace pgattic::engine
