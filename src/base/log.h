// Log: one structured line per state change and per failure, on stderr.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace pgattic::log {

enum class Level { kDebug, kInfo, kWarn, kError };

/// A named value of a line.
using Field = std::pair<std::string_view, std::string>;

/// Sets the least level that is written; kWarn at start. Thread-safe.
void SetLevel(Level level);

/// Returns "event key=value …", one line of logfmt whatever is in the values: those that are no
/// plain word stand between quotes, escaped as in JSON; bytes that are no UTF-8 become \ufffd.
/// Never fails.
std::string Line(std::string_view event, std::initializer_list<Field> fields);

/// Writes "event key=value …". `event` is a kebab-case name. Thread-safe; does not block on
/// anything but stderr.
void Write(Level level, std::string_view event, std::initializer_list<Field> fields);

}  // namespace pgattic::log
