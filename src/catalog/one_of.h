// OneOf: "is one of these values", written so that PostgreSQL keeps its plan.
#pragma once

#include <string>
#include <vector>

namespace pgattic::catalog {

/// A condition of one parameter: `column` is one of the values of an array, or the one value.
/// PostgreSQL plans a prepared statement anew each time while it takes a plan for any parameters
/// for much dearer (plancache.c, choose_custom_plan), and of an array it does not know how many
/// values it has; planning a look at one id takes longer than the look. A plain value.
struct OneOf {
  /// `array_type` is the SQL type of arrays ("text[]"), `number` that of the parameter.
  OneOf(const std::string& column, const std::string& array_type, int number,
        const std::vector<std::string>& values);

  std::string condition;
  std::string parameter;
};

}  // namespace pgattic::catalog
