// CommandTable: what can be typed, read off the parser itself, so that completion and manual
// know every command and flag that the program knows.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace pgattic::app {

/// An option or an argument of a command. A plain value.
struct OptionEntry {
  std::vector<std::string> names;  ///< {"-c", "--config"}; of an argument, its one name.
  bool takes_value = false;
  bool is_argument = false;  ///< Named by its place.
  bool is_required = false;
  bool is_repeatable = false;
  std::string help;
};

/// A command. A plain value.
struct CommandEntry {
  std::string name;
  std::string help;
  std::vector<OptionEntry> options;  ///< But those that every command takes.
};

/// All of it. A plain value.
struct CommandTable {
  std::string summary;
  std::vector<OptionEntry> common;  ///< Options that stand before and after each command.
  std::vector<CommandEntry> commands;
};

/// Reads the table off `app`, whose hidden options (the flags of configuration keys) are left
/// out.
CommandTable TableOf(const CLI::App& app);

}  // namespace pgattic::app
