// Rows of one id in one archive as a cache keeps them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lookup/places.h"

namespace pgattic::lookup {

/// Returns the rows as text; that there are none is kept likewise.
std::string EncodeRows(const std::vector<FoundRow>& rows);
/// Returns nullopt for anything that EncodeRows did not make.
std::optional<std::vector<FoundRow>> DecodeRows(std::string_view text);

}  // namespace pgattic::lookup
