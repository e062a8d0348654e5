// SQL text of the engines that speak Trino's dialect: Trino and Athena.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/query_engine.h"

namespace pgattic::engine {

/// Returns the value as a literal: 'it''s', or NULL. In Trino's dialect nothing but the quote is
/// special in it (Trino, "SQL statement syntax"). InvalidArgument for what is not UTF-8, which the
/// engine would silently change.
Result<std::string> Literal(const AnswerValue& value);

/// Returns the statement without the white space and semicolons at its end, which Trino's API takes
/// for the beginning of a second statement.
std::string_view OneStatement(std::string_view sql);

/// Returns EXECUTE IMMEDIATE '…' USING … for a query with parameters, behind its EXPLAIN where it
/// has one, the statement itself for one without. A value whose place wants another type than text,
/// by `types` (in Trino's words; those missing are text), is of that type, and never rounded to it.
/// Errors as Literal. Source: Trino, "EXECUTE IMMEDIATE".
Result<std::string> WithParameters(const Query& query, const std::vector<std::string>& types);

}  // namespace pgattic::engine
