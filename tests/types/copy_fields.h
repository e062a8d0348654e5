// Compares two streams of COPY … (FORMAT binary), field by field.
#pragma once

#include <string>

#include "base/result.h"
#include "model/column.h"

namespace pgattic::test {

/// Returns Corruption that names the first row and column where the streams differ. A NaN may
/// have any sign: PostgreSQL's text of it has none.
Status CompareCopies(const model::TableSchema& schema, const std::string& left,
                     const std::string& right);

}  // namespace pgattic::test
