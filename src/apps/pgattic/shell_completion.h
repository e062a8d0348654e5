// What makes a shell complete commands and options.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "command_table.h"

namespace pgattic::app {

/// Returns the script for `shell`: bash, zsh or fish. `key_flags`, such as --run-workers, are
/// completed after every command. InvalidArgument for another shell. Pure.
Result<std::string> CompletionFor(const std::string& shell, const CommandTable& table,
                                  const std::vector<std::string>& key_flags);

}  // namespace pgattic::app
