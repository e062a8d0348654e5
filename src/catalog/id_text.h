// The one spelling of an id: parts, filters and caches know ids as PostgreSQL writes them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "catalog/source_table.h"

namespace pgattic::catalog {

/// Returns `text` as PostgreSQL writes the value that its input function reads from it: "7" of
/// " +007 " or "0x7" (the grammar of PostgreSQL 16), a uuid in lower case with its dashes. Text is
/// taken as it is. Returns nullopt when the column's type can hold no such value, so that no
/// row can have this id. Pure.
std::optional<std::string> CanonicalId(IdKind kind, std::string_view text);

/// True when an id lies in [min, max] in the order in which a part of that kind is sorted: integers
/// by value, all else by bytes. Bounds that are no integers hold every integer.
bool IsInIdRange(IdKind kind, const std::string& id, const std::string& min,
                 const std::string& max);

}  // namespace pgattic::catalog
