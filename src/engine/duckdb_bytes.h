// How much a statement would read at most, from the footers of the files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "engine/duckdb_engine.h"
#include "engine/duckdb_session.h"

namespace pgattic::engine {

/// Returns the compressed bytes of the columns that the scans touch, in as many of `files` as the
/// plan left; which these are it does not say, so the largest count. Reads footers.
Result<std::int64_t> BytesOfScans(const OpContext& ctx, DuckDbSession& session,
                                  const std::vector<std::string>& files,
                                  const std::vector<Scan>& scans);

}  // namespace pgattic::engine
