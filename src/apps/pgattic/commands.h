// The commands that can be typed, and where the parser puts what was typed.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "app.h"

namespace pgattic::app {

/// What every command takes. A plain value.
struct Common {
  std::string file;
  std::vector<std::string> sets;
  std::map<std::string, std::string> keys;  ///< Of flags: "run.workers" and what was typed.
  bool json = false;
  bool verbose = false;
};

/// Arguments of the commands; they live until the command ran. A plain value.
struct Arguments {
  ArchiveArguments archive;
  GetArguments get;
  DdlArguments ddl;
  QueryArguments query;
  ReportArguments report;
  std::vector<std::string> verify;
  RollbackArguments rollback;
  RolloutArguments rollout;
  ScrubArguments scrub;
  EraseArguments erase;
  RestoreArguments restore;
  bool repair = false;
  std::string events_of;
  std::string demo_folder;
  std::string help_of;
  std::string completion_of;
  bool manual = false;
  bool list_failpoints = false;
};

/// A command as it was typed; returns its exit code.
using Command = std::function<int(const Invocation&)>;

/// Options that may stand before and after the command's name. The flags of the keys are not
/// listed with each command: `pgattic --help` has the table.
void AddCommon(CLI::App& app, Common& common);

/// Adds every command but `help`. Once parsed, `chosen` runs the one that was typed. All given
/// outlive the parser.
void AddCommands(CLI::App& app, Common& common, Command& chosen, Arguments& arguments);

}  // namespace pgattic::app
