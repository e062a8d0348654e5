// Lists that are written as one text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pgattic {

/// Returns the pieces of `text` between any of the `separators`, empty ones too: one more than
/// there are separators. Pure.
std::vector<std::string> Split(std::string_view text, std::string_view separators);

}  // namespace pgattic
