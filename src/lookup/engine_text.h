// Values between PostgreSQL's text and what a SQL engine takes and gives.
#pragma once

#include <string>

#include "base/result.h"
#include "model/column.h"

namespace pgattic::lookup {

/// Returns the expression that gives the column's value as text, in the words that DuckDB, Trino
/// and Athena share.
std::string SelectedFromEngine(const model::Column& column);

/// Returns what stands for a parameter that is compared with the column: `?`, cast where the
/// column is no text.
std::string ParameterFor(const model::Column& column);

/// Returns PostgreSQL's text of a value that SelectedFromEngine gave. `pads_fractions`: the engine
/// writes all digits of a second that it knows, so fewer than six mean that it has rounded.
/// Unsupported for text that does not mean exactly one value of the type.
Result<std::string> FromEngine(const model::Column& column, const std::string& text,
                               bool pads_fractions);

}  // namespace pgattic::lookup
