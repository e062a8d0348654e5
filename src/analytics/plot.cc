#include "analytics/plot.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace pgattic::analytics {
namespace {

constexpr double kWidth = 860;
constexpr double kHeight = 420;
constexpr double kLeft = 70;
constexpr double kRight = 20;
constexpr double kTop = 78;
constexpr double kBottom = 60;
constexpr std::size_t kMostBars = 30;
constexpr std::size_t kMostLabels = 12;
constexpr std::size_t kColours = 6;

constexpr const char* kStyle = R"css(<style>
svg{--ink:#1c2230;--soft:#6b7484;--grid:#e3e6ec;--paper:#ffffff;--s0:#2f6fde;--s1:#d9822b;--s2:#2c9c69;--s3:#b5489a;--s4:#7a6ad8;--s5:#8a8f99;font-family:system-ui,sans-serif}
@media (prefers-color-scheme:dark){svg{--ink:#e7eaf0;--soft:#98a1b2;--grid:#2c3340;--paper:#12161d;--s0:#6ea0ff;--s1:#f0a95b;--s2:#5cc795;--s3:#e07cc6;--s4:#a79bf5;--s5:#a9afba}}
.t{fill:var(--ink);font-size:17px;font-weight:600}.l{fill:var(--soft);font-size:12px}
.g{stroke:var(--grid)}.a{stroke:var(--soft)}.p{fill:var(--paper)}
</style>)css";

struct Series {
  std::string name;
  std::vector<std::optional<double>> values;  ///< One for each label.
};

/// What is drawn: labels along the x axis and numbers above them.
struct Drawing {
  std::vector<std::string> labels;
  std::vector<Series> series;
  bool is_stacked = false;
};

std::optional<double> Number(const std::optional<std::string>& text) {
  if (!text || text->empty()) return std::nullopt;
  double number = 0;
  const char* const end = text->data() + text->size();
  const auto [at, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc() || at != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

/// Numeric throughout, NULL aside, and not all NULL.
bool IsNumeric(const Figure& figure, std::size_t column) {
  bool has_any = false;
  for (const auto& row : figure.rows) {
    if (!row[column]) continue;
    if (!Number(row[column])) return false;
    has_any = true;
  }
  return has_any;
}

Drawing Columns(const Figure& figure, bool only_first) {
  Drawing drawing;
  std::size_t rows = figure.rows.size();
  if (only_first) rows = std::min(rows, kMostBars);
  for (std::size_t r = 0; r < rows; ++r) drawing.labels.push_back(figure.rows[r][0].value_or(""));
  for (std::size_t c = 1; c < figure.columns.size(); ++c) {
    if (!IsNumeric(figure, c) || (only_first && !drawing.series.empty())) continue;
    Series series{figure.columns[c], {}};
    for (std::size_t r = 0; r < rows; ++r) series.values.push_back(Number(figure.rows[r][c]));
    drawing.series.push_back(std::move(series));
  }
  if (drawing.series.size() > kColours) drawing.series.resize(kColours);
  return drawing;
}

template <typename T, typename Name>
std::size_t IndexOf(std::vector<T>& all, const std::string& name, const Name& name_of) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const T& one) { return name_of(one) == name; });
  return static_cast<std::size_t>(found - all.begin());
}

/// Rows of (label, series, number).
Drawing Stacked(const Figure& figure) {
  Drawing drawing;
  drawing.is_stacked = true;
  if (figure.columns.size() < 3) return drawing;
  for (const auto& row : figure.rows) {
    const std::string label = row[0].value_or("");
    const std::string name = row[1].value_or("");
    const std::size_t x =
        IndexOf(drawing.labels, label, [](const std::string& text) { return text; });
    if (x == drawing.labels.size()) drawing.labels.push_back(label);
    const std::size_t s =
        IndexOf(drawing.series, name, [](const Series& series) { return series.name; });
    if (s == drawing.series.size()) drawing.series.push_back({name, {}});
    std::vector<std::optional<double>>& values = drawing.series[s].values;
    if (values.size() <= x) values.resize(x + 1);
    values[x] = Number(row[2]);
  }
  for (Series& series : drawing.series) series.values.resize(drawing.labels.size());
  if (drawing.series.size() > kColours) drawing.series.resize(kColours);
  return drawing;
}

double MostOf(const Drawing& drawing) {
  double most = 0;
  for (std::size_t x = 0; x < drawing.labels.size(); ++x) {
    double sum = 0;
    for (const Series& series : drawing.series) {
      const double value = series.values[x].value_or(0);
      sum = drawing.is_stacked ? sum + value : std::max(sum, value);
    }
    most = std::max(most, sum);
  }
  return most;
}

std::string Fixed(double number, int digits = 1) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, number);
  return text;
}

std::string TickText(double tick) {
  if (tick >= 1e6) return Fixed(tick / 1e6, std::fmod(tick, 1e6) == 0 ? 0 : 1) + " M";
  if (tick >= 1e4) return Fixed(tick / 1e3, std::fmod(tick, 1e3) == 0 ? 0 : 1) + " k";
  return Fixed(tick, tick == std::floor(tick) ? 0 : 2);
}

/// Writes one picture.
class Painter {
 public:
  Painter(const Figure& figure, const Drawing& drawing)
      : figure_(figure), drawing_(drawing), ticks_(RoundTicks(MostOf(drawing))) {}

  std::string Paint(PlotKind kind) {
    out_ = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + Fixed(kWidth, 0) + " " +
           Fixed(kHeight, 0) + "\" role=\"img\"><title>" + EscapeMarkup(figure_.title) +
           "</title>" + kStyle + "<rect class=\"p\" width=\"100%\" height=\"100%\"/>";
    Text(kLeft, 30, "t", "start", figure_.title);
    Legend();
    Axes();
    if (kind == PlotKind::kLine && drawing_.labels.size() > 1) {
      Lines();
    } else {
      Bars();
    }
    return out_ + "</svg>\n";
  }

 private:
  double Y(double value) const {
    return kHeight - kBottom - value / ticks_.back() * (kHeight - kTop - kBottom);
  }
  double Slot() const {
    return (kWidth - kLeft - kRight) / static_cast<double>(drawing_.labels.size());
  }
  double X(std::size_t index) const { return kLeft + Slot() * (static_cast<double>(index) + 0.5); }
  static std::string Colour(std::size_t series) {
    return "var(--s" + std::to_string(series % kColours) + ")";
  }
  void Text(double x, double y, const char* style, const char* anchor, const std::string& text) {
    out_ += "<text class=\"" + std::string(style) + "\" x=\"" + Fixed(x) + "\" y=\"" + Fixed(y) +
            "\" text-anchor=\"" + anchor + "\">" + EscapeMarkup(text) + "</text>";
  }

  void Legend() {
    if (drawing_.series.size() < 2) {
      Text(kLeft, 54, "l", "start", drawing_.series.front().name);
      return;
    }
    double x = kLeft;
    for (std::size_t s = 0; s < drawing_.series.size(); ++s) {
      out_ += "<rect x=\"" + Fixed(x) + "\" y=\"45\" width=\"11\" height=\"11\" rx=\"2\" fill=\"" +
              Colour(s) + "\"/>";
      Text(x + 16, 55, "l", "start", drawing_.series[s].name);
      x += 34 + 7.0 * static_cast<double>(drawing_.series[s].name.size());
    }
  }

  void Axes() {
    for (const double tick : ticks_) {
      const std::string y = Fixed(Y(tick));
      out_ += "<line class=\"" + std::string(tick == 0 ? "a" : "g") + "\" x1=\"" + Fixed(kLeft) +
              "\" x2=\"" + Fixed(kWidth - kRight) + "\" y1=\"" + y + "\" y2=\"" + y + "\"/>";
      Text(kLeft - 8, Y(tick) + 4, "l", "end", TickText(tick));
    }
    const std::size_t count = drawing_.labels.size();
    const std::size_t step = (count + kMostLabels - 1) / kMostLabels;
    for (std::size_t i = 0; i < count; i += step) {
      const std::string& label = drawing_.labels[i];
      const bool is_long = label.size() > 10;
      Text(X(i), kHeight - kBottom + 20 + (is_long && (i / step) % 2 == 1 ? 15 : 0), "l", "middle",
           label);
    }
    Text((kLeft + kWidth - kRight) / 2, kHeight - 10, "l", "middle", figure_.columns.front());
  }

  void Lines() {
    for (std::size_t s = 0; s < drawing_.series.size(); ++s) {
      std::string points;
      for (std::size_t i = 0; i < drawing_.labels.size(); ++i) {
        const auto& value = drawing_.series[s].values[i];
        if (!value) continue;
        points += (points.empty() ? "M" : "L") + Fixed(X(i)) + " " + Fixed(Y(*value));
      }
      out_ += "<path fill=\"none\" stroke-width=\"2\" stroke-linejoin=\"round\" stroke=\"" +
              Colour(s) + "\" d=\"" + points + "\"/>";
    }
  }

  void Bars() {
    const auto groups = drawing_.is_stacked ? 1.0 : static_cast<double>(drawing_.series.size());
    const double width = Slot() * 0.72 / groups;
    for (std::size_t i = 0; i < drawing_.labels.size(); ++i) {
      double below = 0;
      for (std::size_t s = 0; s < drawing_.series.size(); ++s) {
        const double value = drawing_.series[s].values[i].value_or(0);
        const double left =
            X(i) - Slot() * 0.36 + (drawing_.is_stacked ? 0 : width * static_cast<double>(s));
        out_ += "<rect x=\"" + Fixed(left) + "\" y=\"" + Fixed(Y(below + value)) + "\" width=\"" +
                Fixed(width) + "\" height=\"" + Fixed(std::max(0.0, Y(below) - Y(below + value))) +
                "\" fill=\"" + Colour(s) + "\"><title>" +
                EscapeMarkup(drawing_.labels[i] + ": " + TickText(value)) + "</title></rect>";
        if (drawing_.is_stacked) below += value;
      }
    }
  }

  const Figure& figure_;
  const Drawing& drawing_;
  const std::vector<double> ticks_;
  std::string out_;
};

constexpr const char* kPageStyle =
    "<style>:root{color-scheme:light dark}body{font-family:system-ui,sans-serif;max-width:60rem;"
    "margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;margin-top:1.5rem}"
    "th,td{padding:.25rem .8rem;text-align:left;border-bottom:1px solid color-mix(in srgb,"
    "currentColor 18%,transparent)}td.n{text-align:right;font-variant-numeric:tabular-nums}"
    "</style>";

}  // namespace

std::vector<double> RoundTicks(double most) {
  const double raw = most / 4;
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
    if (factor * power >= raw) {
      step = factor * power;
      break;
    }
  }
  std::vector<double> ticks = {0};
  while (ticks.back() < most) ticks.push_back(step * static_cast<double>(ticks.size()));
  return ticks;
}

std::string EscapeMarkup(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        // XML has no other control characters than these (XML 1.0, 2.2).
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
    }
  }
  return out;
}

Result<std::string> DrawSvg(const Figure& figure, PlotKind kind) {
  const Drawing drawing =
      kind == PlotKind::kStacked ? Stacked(figure) : Columns(figure, kind == PlotKind::kBars);
  if (kind == PlotKind::kNone || drawing.series.empty() || MostOf(drawing) <= 0) {
    return {Code::kInvalidArgument, "'" + figure.title +
                                        "' has nothing to draw; --html shows it "
                                        "as a table"};
  }
  return Painter(figure, drawing).Paint(kind);
}

std::string DrawHtml(const Figure& figure, PlotKind kind) {
  const std::string title = EscapeMarkup(figure.title);
  std::string page = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>" + title +
                     "</title>" + kPageStyle;
  const Result<std::string> svg = DrawSvg(figure, kind);
  page += svg.ok() ? *svg : "<h1>" + title + "</h1>";
  std::vector<bool> is_numeric;
  page += "<table><thead><tr>";
  for (std::size_t c = 0; c < figure.columns.size(); ++c) {
    page += "<th>" + EscapeMarkup(figure.columns[c]) + "</th>";
    is_numeric.push_back(IsNumeric(figure, c));
  }
  page += "</tr></thead><tbody>\n";
  for (const auto& row : figure.rows) {
    page += "<tr>";
    for (std::size_t c = 0; c < row.size(); ++c) {
      page += (is_numeric[c] ? "<td class=\"n\">" : "<td>") + EscapeMarkup(row[c].value_or("")) +
              "</td>";
    }
    page += "</tr>\n";
  }
  return page + "</tbody></table></html>\n";
}

}  // namespace pgattic::analytics
