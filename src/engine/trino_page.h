// A page of Trino's REST protocol: what each answer of a query says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/query_engine.h"
#include "engine/trino_error.h"

namespace pgattic::engine {

/// One answer. A plain value. Source: Trino, "Trino client REST API".
struct TrinoPage {
  std::string query_id;
  std::string next_uri;  ///< "": this is the last one.
  std::optional<std::vector<AnswerColumn>> columns;
  std::vector<std::vector<AnswerValue>> rows;  ///< As wide as `columns`.
  std::optional<TrinoError> error;
  double percent = 0;
  std::int64_t bytes_scanned = 0;
};

/// Parses the body of an answer. Numbers stay as the engine wrote them, up to 64 bits; arrays, maps
/// and rows are JSON. Unavailable for a body that no Trino writes: a proxy may have.
Result<TrinoPage> ParseTrinoPage(std::string_view body);

}  // namespace pgattic::engine
