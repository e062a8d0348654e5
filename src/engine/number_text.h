// A number as somebody writes it: what a parameter may mean.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pgattic::engine {

/// "-12.50" in pieces. A plain value.
struct NumberText {
  bool is_negative = false;
  std::string digits;     ///< Before the point and after it; at most 38, as many as engines take.
  std::size_t scale = 0;  ///< Digits after the point.
  bool is_plain = false;  ///< An engine writes it back alike: not "007", "+7", "-0".
};

/// Returns what `text` says, where that is digits with perhaps a sign and a point within. Pure.
std::optional<NumberText> ReadNumber(std::string_view text);

}  // namespace pgattic::engine
