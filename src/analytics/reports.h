// Reports: questions about games that are asked again and again, ready-made.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pgattic::analytics {

/// How an answer is drawn.
enum class PlotKind {
  kLine,     ///< First column: time; each numeric column after it is a line.
  kBars,     ///< First column: what is counted; the first numeric column after it is a bar.
  kStacked,  ///< Time, series, number.
  kNone,     ///< A table says it best.
};

/// One ready-made question. A plain value.
struct Report {
  std::string_view name;   ///< As it is typed.
  std::string_view title;  ///< For a person.
  PlotKind plot = PlotKind::kNone;
  /// In the SQL that DuckDB and Trino share, {games} in the place of the table.
  std::string_view sql;
};

/// Returns all reports, in the order in which they are listed.
const std::vector<Report>& Reports();
/// InvalidArgument that names those there are.
Result<const Report*> FindReport(std::string_view name);
/// Returns the statement over `table`, a name that pgattic chose, in the words that are quickest
/// with `engine` ("duckdb", "trino", "athena").
std::string SqlOf(const Report& report, std::string_view table, std::string_view engine);

}  // namespace pgattic::analytics
