// Which objects hold archived rows, for those who read all of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "model/bounds.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// A part that the metadata of its archive names. A plain value.
struct PublishedPart {
  std::string key;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  model::YearMonth month;  ///< Of its archive's bounds.
  /// Its round is swapped: the database holds its rows no more, or aside. Before, the rows are in
  /// the database as well.
  bool is_swapped = false;
  std::vector<std::string> narrow_columns;  ///< Of its narrow object; empty where there is none.
};

/// The published parts of one source, as of one snapshot. A plain value.
struct PublishedParts {
  std::string journal;               ///< As RouteStamp::journal of the same snapshot.
  std::vector<PublishedPart> parts;  ///< Oldest archive first.
};

/// Reads them, one statement.
Result<PublishedParts> LoadPublishedParts(const OpContext& ctx, pg::Connection& connection,
                                          const model::SourceId& source);

}  // namespace pgattic::catalog
