// The manual page pgattic(1), out of the parser and the table of configuration keys.
#pragma once

#include <string>

#include "command_table.h"

namespace pgattic::app {

/// Returns the page in roff's man macros (groff_man(7)), ASCII alone. Pure.
std::string ManualPage(const CommandTable& table);

}  // namespace pgattic::app
