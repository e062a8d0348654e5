// What each SQLSTATE means to pgattic: the one translation of PostgreSQL's errors.
#pragma once

#include <string_view>

#include "base/error.h"

namespace pgattic::pg {

/// Returns the code for a five-character SQLSTATE; by its class where the state itself is
/// not listed, kInternal otherwise. Source: PostgreSQL manual, appendix A.
Code CodeOfSqlState(std::string_view sqlstate);

}  // namespace pgattic::pg
