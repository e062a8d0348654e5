#include "service/window.h"

#include <algorithm>
#include <optional>

#include "base/split.h"
#include "service/units.h"

namespace pgattic::service {
namespace {

using std::chrono::days;
using std::chrono::minutes;

/// "04:30".
Result<minutes> ParseTime(const std::string& text) {
  const bool is_shaped = text.size() == 5 && text[2] == ':';
  const Result<int> hour = ParseWhole(is_shaped ? text.substr(0, 2) : "", 0, 24);
  const Result<int> minute = ParseWhole(is_shaped ? text.substr(3) : "", 0, 59);
  if (!hour.ok() || !minute.ok() || (*hour == 24 && *minute != 0)) {
    return {Code::kInvalidArgument, "'" + text + "' is no time of day; write 04:30"};
  }
  return minutes(*hour * 60 + *minute);
}

}  // namespace

Result<Window::Span> Window::ParseSpan(const std::string& text) {
  const std::size_t dash = text.find('-');
  if (dash == text.npos) {
    return {Code::kInvalidArgument,
            "'" + text + "' is no span of the day; write 22:00-04:30, or always"};
  }
  Span span{};
  PGATTIC_ASSIGN_OR_RETURN(span.from, ParseTime(text.substr(0, dash)));
  PGATTIC_ASSIGN_OR_RETURN(span.to, ParseTime(text.substr(dash + 1)));
  if (span.from == span.to || span.from == days(1)) {
    return {Code::kInvalidArgument, "'" + text + "' is empty; write 22:00-04:30, or always"};
  }
  return span;
}

Result<Window> Window::Parse(const std::string& text) {
  Window window;
  window.text_ = text;
  if (text == "always") return window;
  for (std::string& piece : Split(text, ",")) {
    std::erase(piece, ' ');
    PGATTIC_ASSIGN_OR_RETURN(const Span span, ParseSpan(piece));
    window.spans_.push_back(span);
  }
  return window;
}

bool Window::IsOpen(const Zone& zone, WallTime at) const {
  const LocalTime local = zone.ToLocal(at);
  const auto shown = local - std::chrono::floor<days>(local);
  return spans_.empty() || std::any_of(spans_.begin(), spans_.end(), [&](const Span& span) {
           if (span.from < span.to) return span.from <= shown && shown < span.to;
           return span.from <= shown || shown < span.to;
         });
}

WallTime Window::NextOpening(const Zone& zone, WallTime at) const {
  if (IsOpen(zone, at)) return at;
  const auto today = std::chrono::floor<days>(zone.ToLocal(at));
  std::optional<WallTime> best;
  // A span that clocks put forward leave out opens a day later, never two in a row.
  for (int day = 0; day <= 3; ++day) {
    for (const Span& span : spans_) {
      const WallTime opens = zone.InstantsOf(today + days(day) + span.from).first;
      if (opens > at && IsOpen(zone, opens) && (!best || opens < *best)) best = opens;
    }
  }
  return best.value_or(at + days(1));
}

}  // namespace pgattic::service
