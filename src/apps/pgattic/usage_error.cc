#include "usage_error.h"

#include <vector>

#include "service/config_keys.h"

namespace pgattic::app {
namespace {

/// The command that was typed; null when none was.
const CLI::App* ChosenOf(const CLI::App& app) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  return chosen.empty() ? nullptr : chosen.front();
}

std::string HelpOf(const CLI::App* command) {
  return command == nullptr ? "`pgattic --help` lists all"
                            : "`pgattic help " + command->get_name() + "` explains it";
}

Status UnknownFlag(const CLI::App& app, const CLI::App* command, const std::string& flag) {
  const std::string name = flag.substr(0, flag.find('='));
  std::vector<std::string> known;
  for (const CLI::Option* option : (command == nullptr ? app : *command).get_options()) {
    for (const std::string& word : option->get_lnames()) known.push_back("--" + word);
  }
  const std::string near = service::NearestKey(name, known);
  return {Code::kInvalidArgument,
          "there is no flag '" + name + "'" +
              (command == nullptr ? "" : " of `pgattic " + command->get_name() + "`") + "; " +
              (near.empty() ? HelpOf(command) : "did you mean '" + near + "'?")};
}

}  // namespace

Status UnknownCommand(const CLI::App& app, const std::string& name) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  const std::string near = service::NearestKey(name, names);
  return {Code::kInvalidArgument,
          "there is no command '" + name + "'; " +
              (near.empty() ? "`pgattic help` lists them" : "did you mean '" + near + "'?")};
}

Status UsageError(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* command = ChosenOf(app);
  const std::vector<std::string> left = app.remaining(true);
  if (!left.empty() && left.front().starts_with('-')) {
    return UnknownFlag(app, command, left.front());
  }
  if (!left.empty() && command == nullptr) return UnknownCommand(app, left.front());
  if (!left.empty()) {
    return {Code::kInvalidArgument, "`pgattic " + command->get_name() + "` does not take '" +
                                        left.front() + "'; " + HelpOf(command)};
  }
  if (command == nullptr && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    return {Code::kInvalidArgument, "name a command; `pgattic help` lists them"};
  }
  return {Code::kInvalidArgument, std::string(error.what()) + "; " + HelpOf(command)};
}

}  // namespace pgattic::app
