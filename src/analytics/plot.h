// Plot: an answer as an SVG picture, without any library.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analytics/reports.h"

namespace pgattic::analytics {

/// An answer held whole: a title, names of columns and their values as text. A plain value.
struct Figure {
  std::string title;
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
};

/// Returns a picture of its own, light or dark as the reader's system is: title, axes with ticks,
/// a legend where there are several series. InvalidArgument where the answer has no number to
/// draw. Pure.
Result<std::string> DrawSvg(const Figure& figure, PlotKind kind);

/// Returns a page: the picture, where there is one, above the table. Pure.
std::string DrawHtml(const Figure& figure, PlotKind kind);

/// Returns `text` with what HTML and XML take for markup escaped.
std::string EscapeMarkup(const std::string& text);

/// Returns about five round numbers from 0 to at least `most`, ascending. REQUIRES: most > 0.
std::vector<double> RoundTicks(double most);

}  // namespace pgattic::analytics
