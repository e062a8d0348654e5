// Statements of users as parts of others. Nothing here is parsed: DuckDB does that. Pure functions.
#pragma once

#include <cstddef>
#include <string>

namespace pgattic::engine {

/// Returns the statement as one that can stand after FROM, named `answer`, without a ; at its end.
/// What is no query makes no statement there.
std::string InParentheses(const std::string& sql);

/// Returns the statement with each of its `columns` columns cast to text, in DuckDB's own words.
std::string AsTextSql(const std::string& sql, std::size_t columns);

}  // namespace pgattic::engine
