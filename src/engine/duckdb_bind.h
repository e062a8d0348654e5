// Values of a query as parameters of DuckDB's prepared statements.
#pragma once

#include <duckdb.h>

#include <vector>

#include "base/result.h"
#include "engine/query_engine.h"

namespace pgattic::engine {

/// Binds each value by the type that its place wants: a number, a truth value, a date or a moment
/// (UTC, where no zone is said) where such a thing is wanted and the text is one, exactly; text
/// anywhere else, which DuckDB casts (times, UUIDs), or refuses. Where the statement leaves the
/// type open (`n + ?`), a number is bound as such if DuckDB would write it as it was given, so that
/// "007" stays text. InvalidArgument for another number of values than places, and for what is no
/// moment.
Status BindAll(duckdb_prepared_statement statement, const std::vector<AnswerValue>& values);

}  // namespace pgattic::engine
