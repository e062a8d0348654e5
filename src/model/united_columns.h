// The columns of a source over all its archives, as one table shows them.
#pragma once

#include <string>
#include <vector>

#include "model/column.h"
#include "model/metadata.h"

namespace pgattic::model {

/// A column that some archive has. A plain value.
struct UnitedColumn {
  std::string name;
  PgType type;           ///< Of the newest archive that has it.
  Transport transport;   ///< One that every archive's values can be read as, where there is one.
  DecimalShape decimal;  ///< Of kDecimal: wide enough for all.
  /// For a person: "absent in past_games_2024_01", "text in …: not to be read as timestamp".
  std::vector<std::string> notes;
};

/// Returns the columns of the newest archive in its order, then those that only older ones have.
/// Names that differ in case alone are one column, as engines see it. Integers, floating-point
/// numbers and decimals are widened; where a type changed otherwise, the newest holds and a note
/// says which archives differ. Pure.
std::vector<UnitedColumn> UniteColumns(const std::vector<Metadata>& archives);

}  // namespace pgattic::model
