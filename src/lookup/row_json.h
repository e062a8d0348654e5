// Rows as JSON, the same whichever tier gave them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lookup/places.h"
#include "model/column.h"

namespace pgattic::lookup {

/// Returns the row as it is answered: its JSON, and its time in the column `time_index` (none when
/// that is no column of it).
FoundRow MakeRow(const std::vector<model::Column>& columns,
                 const std::vector<std::optional<std::string>>& row, std::size_t time_index);

/// Returns {"column": value, …}: booleans, numbers that JSON holds exactly, and json and
/// jsonb as they are, but on one line; timestamptz as RFC 3339 where it has a year of four digits;
/// money as in the locale C; NULL as null; else PostgreSQL's text.
std::string RowToJson(const std::vector<model::Column>& columns,
                      const std::vector<std::optional<std::string>>& row);

/// Returns `text` as a JSON string. Bytes that are not UTF-8 become U+FFFD.
std::string JsonString(const std::string& text);

}  // namespace pgattic::lookup
