// The ids of rows for which a condition is true, wherever the rows lie.
#pragma once

#include <cstddef>
#include <set>
#include <string>

#include "app.h"

namespace pgattic::app {

/// What a condition found. A plain value.
struct FoundIds {
  std::set<std::string> ids;  ///< As PostgreSQL writes them.
  std::size_t live = 0;       ///< Of them in partitions.
  std::size_t archived = 0;   ///< Of them in published parts; some may be in both.
};

/// Asks PostgreSQL about the rows of partitions, then DuckDB about those of published parts, with
/// the same condition: what it means has to be the same to both. InvalidArgument when either
/// refuses it, or when more than `max_ids` are found. Changes nothing. May block long.
Result<FoundIds> FindIdsWhere(const Invocation& invocation, Session& session,
                              const OpenSource& source, const std::string& condition,
                              std::int64_t max_ids);

}  // namespace pgattic::app
