// Rows as JSON, the same whichever tier gave them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/column.h"

namespace pgattic::lookup {

/// Returns {"column": value, …}: booleans, numbers that JSON holds exactly, and json and
/// jsonb as they are; timestamptz as RFC 3339; NULL as null; else PostgreSQL's text.
std::string RowToJson(const std::vector<model::Column>& columns,
                      const std::vector<std::optional<std::string>>& row);

/// Returns `text` as a JSON string. Bytes that are not UTF-8 become U+FFFD.
std::string JsonString(const std::string& text);

}  // namespace pgattic::lookup
