// pgattic: the command line.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <stop_token>
#include <thread>

#include "app.h"
#include "base/failpoint.h"
#include "base/log.h"

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace pgattic::app {
namespace {

std::stop_source& StopSource() {
  static std::stop_source source;
  return source;
}

/// SIGINT and SIGTERM end the run at the next safe point; a second one ends it at once.
void WatchSignals(const sigset_t& signals) {
  int signal = 0;
  if (sigwait(&signals, &signal) != 0) return;
  StopSource().request_stop();
  if (sigwait(&signals, &signal) == 0) _exit(128 + signal);
}

std::map<std::string, std::string> Environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != text.npos) variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return variables;
}

/// What is typed before and after the command's name.
struct Common {
  std::string file;
  std::vector<std::string> sets;
  bool json = false;
  bool verbose = false;
};

Result<Invocation> Prepare(const Common& common) {
  const std::map<std::string, std::string> env = Environment();
  if (common.verbose) log::SetLevel(log::Level::kInfo);
  if (const auto armed = env.find("PGATTIC_FAILPOINT"); armed != env.end()) {
    PGATTIC_RETURN_IF_ERROR(failpoint::Arm(armed->second));
  }
  std::map<std::string, std::string> overrides;
  for (const std::string& set : common.sets) {
    const std::size_t equals = set.find('=');
    if (equals == set.npos) {
      return {Code::kInvalidArgument, "--set takes key=value, not '" + set + "'"};
    }
    overrides[set.substr(0, equals)] = set.substr(equals + 1);
  }
  std::string file = common.file;
  if (const auto named = env.find("PGATTIC_CONFIG"); file.empty() && named != env.end()) {
    file = named->second;
  }
  Invocation invocation;
  PGATTIC_ASSIGN_OR_RETURN(invocation.config, service::LoadConfig(file, env, overrides));
  invocation.config.run.tool_version = kVersion;
  invocation.json = common.json;
  invocation.ctx = OpContext(SystemClock(), StopSource().get_token());
  return invocation;
}

using Command = std::function<int(const Invocation&)>;

/// Adds a command; `chosen` becomes `run` when it is the one typed.
CLI::App* Add(CLI::App& app, Common& common, const char* name, const char* help, Command& chosen,
              Command run) {
  CLI::App* command = app.add_subcommand(name, help);
  command->add_option("-c,--config", common.file, "configuration file (TOML)");
  command->add_option("--set", common.sets, "key=value, over file and environment");
  command->add_flag("--json", common.json, "print JSON");
  command->add_flag("-v,--verbose", common.verbose, "log every step to stderr");
  command->callback([&chosen, run = std::move(run)] { chosen = run; });
  return command;
}

/// Arguments of the commands; they live until the command ran.
struct Arguments {
  ArchiveArguments archive;
  GetArguments get;
  std::vector<std::string> verify;
  RollbackArguments rollback;
  std::string events_of;
  std::string demo_folder;
  std::string help_of;
  bool list_failpoints = false;
};

void AddReading(CLI::App& app, Common& common, Command& chosen, Arguments& a) {
  CLI::App* status = Add(app, common, "status", "show where every archive stands", chosen,
                         [&a](const Invocation& i) { return RunStatus(i, a.events_of); });
  status->add_option("--events", a.events_of, "the event log of this partition");
  CLI::App* verify = Add(app, common, "verify", "read parts back whole and prove them again",
                         chosen, [&a](const Invocation& i) { return RunVerify(i, a.verify); });
  verify->add_option("partition", a.verify, "all archives when none is named");
  CLI::App* get = Add(app, common, "get", "print rows by id, wherever they lie", chosen,
                      [&a](const Invocation& i) { return RunGet(i, a.get); });
  get->add_option("id", a.get.ids, "one JSON object a line for each")->required();
  get->add_option("--source", a.get.source, "schema.table, where several are configured");
  get->add_option("--created-at", a.get.created_at, "value of the partition column");
}

void AddWriting(CLI::App& app, Common& common, Command& chosen, Arguments& a) {
  Add(app, common, "init", "make or upgrade the schema pgattic, probe the store", chosen, RunInit);
  Add(app, common, "plan", "show which partitions can be archived, and why not", chosen, RunPlan);
  CLI::App* archive =
      Add(app, common, "archive", "archive what is old enough, or go on where it stopped", chosen,
          [&a](const Invocation& i) { return RunArchive(i, a.archive); });
  archive->add_option("--partition", a.archive.partitions, "only this one; repeatable");
  archive->add_option("--until", a.archive.until, "stop at this phase");
  archive->add_flag("--dry-run", a.archive.dry_run, "only say what would be done");
  archive->add_flag("--allow-shrink", a.archive.allow_shrink,
                    "publish although rows were deleted since the last generation");
  archive->add_flag("--accept-lost-table", a.archive.accept_lost_table,
                    "close an archive whose table was dropped by hand, its parts read back whole");
  CLI::App* rollback =
      Add(app, common, "rollback", "make an archived month a partition again", chosen,
          [&a](const Invocation& i) { return RunRollback(i, a.rollback); });
  rollback->add_option("partition", a.rollback.partition)->required();
  rollback->add_flag("--allow-shrink", a.rollback.allow_shrink,
                     "roll back although the table lacks rows that the archive holds");
  CLI::App* doctor = Add(app, common, "doctor", "check server, store and journal", chosen,
                         [&a](const Invocation& i) { return RunDoctor(i, a.list_failpoints); });
  doctor->add_flag("--list-failpoints", a.list_failpoints, "list them and end");
  CLI::App* demo = Add(app, common, "demo", "archive generated games from a throwaway PostgreSQL",
                       chosen, [&a](const Invocation& i) { return RunDemo(i, a.demo_folder); });
  demo->add_option("--folder", a.demo_folder, "keep the archive here");
}

int Main(int argc, char** argv) {
  CLI::App app{
      "pgattic moves old partitions of PostgreSQL to object storage as Parquet, "
      "proves what it stored, drops the partition and keeps every row readable."};
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(1);
  app.footer("Configuration keys, in the file, as PGATTIC_SECTION_KEY or --set:\n" +
             service::DescribeConfig() +
             "Exit codes: 0 done, 1 failed, 2 usage, 75 deferred (try later).");
  Common common;
  Command chosen;
  Arguments arguments;
  app.add_option("-c,--config", common.file, "configuration file (TOML)");
  app.add_flag("--json", common.json, "print JSON");
  AddWriting(app, common, chosen, arguments);
  AddReading(app, common, chosen, arguments);
  CLI::App* help = app.add_subcommand("help", "explain a command");
  help->add_option("command", arguments.help_of);
  help->callback([&] { chosen = nullptr; });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  if (!chosen) {
    const auto commands = app.get_subcommands(
        [&](const CLI::App* command) { return command->get_name() == arguments.help_of; });
    std::cout << (commands.empty() ? app.help() : commands.front()->help());
    return kDone;
  }
  Result<Invocation> invocation = Prepare(common);
  if (!invocation.ok()) return Report(std::move(invocation).status(), common.json);
  return chosen(*invocation);
}

}  // namespace
}  // namespace pgattic::app

int main(int argc, char** argv) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::thread(pgattic::app::WatchSignals, signals).detach();
  return pgattic::app::Main(argc, argv);
}
