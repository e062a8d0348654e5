#include "command_table.h"

#include <algorithm>

namespace pgattic::app {
namespace {

OptionEntry EntryOf(const CLI::Option& option) {
  OptionEntry entry;
  for (const std::string& name : option.get_snames()) entry.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) entry.names.push_back("--" + name);
  entry.is_argument = option.get_positional() && entry.names.empty();
  if (entry.is_argument) entry.names.push_back(option.get_name(true));
  entry.takes_value = option.get_items_expected_max() > 0;
  entry.is_required = option.get_required();
  entry.is_repeatable = option.get_items_expected_max() > 1;
  entry.help = option.get_description();
  return entry;
}

/// The visible ones, in the order in which they were added.
std::vector<OptionEntry> OptionsOf(const CLI::App& app) {
  std::vector<OptionEntry> entries;
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_group().empty()) entries.push_back(EntryOf(*option));
  }
  return entries;
}

bool IsNamedIn(const std::vector<OptionEntry>& entries, const OptionEntry& entry) {
  return std::any_of(entries.begin(), entries.end(),
                     [&](const OptionEntry& known) { return known.names == entry.names; });
}

}  // namespace

CommandTable TableOf(const CLI::App& app) {
  CommandTable table;
  table.summary = app.get_description();
  table.common = OptionsOf(app);
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    CommandEntry entry{command->get_name(), command->get_description(), OptionsOf(*command)};
    std::erase_if(entry.options,
                  [&](const OptionEntry& option) { return IsNamedIn(table.common, option); });
    table.commands.push_back(std::move(entry));
  }
  return table;
}

}  // namespace pgattic::app
