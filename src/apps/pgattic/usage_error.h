// Usage errors: what the parser did not understand, said with the nearest name that it knows.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "base/result.h"

namespace pgattic::app {

/// Returns InvalidArgument that names the command nobody knows, and the nearest one.
Status UnknownCommand(const CLI::App& app, const std::string& name);

/// Returns InvalidArgument that says what of the typed words `app` did not take, with a remedy.
/// REQUIRES: app.parse() threw `error`.
Status UsageError(const CLI::App& app, const CLI::ParseError& error);

}  // namespace pgattic::app
