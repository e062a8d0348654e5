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
#include "service/config_keys.h"

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

/// What every command takes.
struct Common {
  std::string file;
  std::vector<std::string> sets;
  std::map<std::string, std::string> keys;  ///< Of flags: "run.workers" and what was typed.
  bool json = false;
  bool verbose = false;
};

Result<std::vector<service::Override>> OverridesOf(const Common& common) {
  std::vector<service::Override> overrides;
  for (const std::string& set : common.sets) {
    const std::size_t equals = set.find('=');
    if (equals == set.npos) {
      return {Code::kInvalidArgument, "--set takes key=value, not '" + set + "'"};
    }
    overrides.push_back({set.substr(0, equals), set.substr(equals + 1), "--set"});
  }
  for (const auto& [key, text] : common.keys) {
    overrides.push_back({key, text, service::FlagOf(key)});
  }
  return overrides;
}

Result<Invocation> Prepare(const Common& common) {
  const std::map<std::string, std::string> env = Environment();
  if (common.verbose) log::SetLevel(log::Level::kInfo);
  if (const auto armed = env.find("PGATTIC_FAILPOINT"); armed != env.end()) {
    PGATTIC_RETURN_IF_ERROR(failpoint::Arm(armed->second));
  }
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<service::Override> overrides, OverridesOf(common));
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

/// Options that may stand before and after the command's name. The flags of the keys are not
/// listed with each command: `pgattic --help` has the table.
void AddCommon(CLI::App& app, Common& common) {
  app.add_option("-c,--config", common.file, "configuration file (TOML), else PGATTIC_CONFIG");
  app.add_option("--set", common.sets, "KEY=VALUE, over file and environment; repeatable")
      ->allow_extra_args(false);
  app.add_flag("--json", common.json, "print JSON");
  app.add_flag("-v,--verbose", common.verbose, "log every step to stderr");
  for (const std::string& key : service::AllKeys()) {
    app.add_option_function<std::string>(
           service::FlagOf(key),
           [&common, key](const std::string& text) { common.keys[key] = text; }, key)
        ->group("");
  }
}

/// Adds a command; `chosen` becomes `run` when it is the one typed.
CLI::App* Add(CLI::App& app, Common& common, const char* name, const char* help, Command& chosen,
              Command run) {
  CLI::App* command = app.add_subcommand(name, help);
  AddCommon(*command, common);
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
  verify->add_option("partition", a.verify, "its name, or schema.name; all when none is named");
  CLI::App* get = Add(app, common, "get", "print rows by id, wherever they lie", chosen,
                      [&a](const Invocation& i) { return RunGet(i, a.get); });
  CLI::App* serve = Add(app, common, "serve", "answer by HTTP: rows by id, metrics, a status page",
                        chosen, RunServe);
  serve->add_option_function<std::string>(
      "--listen", [&common](const std::string& text) { common.keys["serve.listen"] = text; },
      "HOST:PORT (default: 127.0.0.1:8080); port 0 takes a free one");
  get->add_option("id", a.get.ids, "ids; one JSON object a line for each")->required();
  get->add_option("--source", a.get.source, "schema.table, where several are configured");
  get->add_option("--created-at", a.get.created_at, "value of the partition column");
}

std::string PhaseNames() {
  std::string names;
  for (const model::Phase phase : model::kAllPhases) {
    names += (names.empty() ? "" : ", ") + std::string(model::PhaseName(phase));
  }
  return names;
}

void AddWriting(CLI::App& app, Common& common, Command& chosen, Arguments& a) {
  Add(app, common, "init", "make or upgrade the schema pgattic, probe the store", chosen, RunInit);
  Add(app, common, "plan", "show which partitions can be archived, and why not", chosen,
      [](const Invocation& i) { return RunPlan(i, false); });
  CLI::App* archive =
      Add(app, common, "archive", "archive what is old enough, or go on where it stopped", chosen,
          [&a](const Invocation& i) { return RunArchive(i, a.archive); });
  archive->add_option("--partition", a.archive.partitions,
                      "only this one, NAME or SCHEMA.NAME; repeatable");
  archive->add_option("--until", a.archive.until, "stop at this phase: " + PhaseNames());
  archive->add_flag("--dry-run", a.archive.dry_run, "only say what would be done");
  archive->add_flag("--allow-shrink", a.archive.allow_shrink,
                    "publish although rows were deleted since the last generation");
  archive->add_flag("--accept-lost-table", a.archive.accept_lost_table,
                    "close an archive whose table was dropped by hand, its parts read back whole");
  CLI::App* rollback =
      Add(app, common, "rollback", "before the drop, make an archived partition one again", chosen,
          [&a](const Invocation& i) { return RunRollback(i, a.rollback); });
  rollback->add_option("partition", a.rollback.partition, "its name, or schema.name")->required();
  rollback->add_flag("--allow-shrink", a.rollback.allow_shrink,
                     "roll back although the table lacks rows that the archive holds");
  CLI::App* doctor = Add(app, common, "doctor", "check server, store and journal", chosen,
                         [&a](const Invocation& i) { return RunDoctor(i, a.list_failpoints); });
  doctor->add_flag("--list-failpoints", a.list_failpoints, "list them and end");
  CLI::App* demo = Add(app, common, "demo", "archive generated games from a throwaway PostgreSQL",
                       chosen, [&a](const Invocation& i) { return RunDemo(i, a.demo_folder); });
  demo->add_option("--folder", a.demo_folder, "keep the archive here");
}

int Help(const CLI::App& app, const std::string& name) {
  if (name.empty()) {
    std::cout << app.help();
    return kDone;
  }
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
    if (names.back() != name) continue;
    std::cout << command->help()
              << "Every configuration key is a flag too, e.g. --run-workers 2; `pgattic --help` "
                 "lists them.\n";
    return kDone;
  }
  const std::string near = service::NearestKey(name, names);
  std::cerr << "pgattic: there is no command '" << name << "'; "
            << (near.empty() ? "`pgattic help` lists them" : "did you mean '" + near + "'?")
            << "\n";
  return kUsage;
}

int Main(int argc, char** argv) {
  CLI::App app{
      "pgattic moves old partitions of PostgreSQL to object storage as Parquet, "
      "proves what it stored, drops the partition and keeps every row readable."};
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(1);
  app.footer(
      "Configuration keys. s3.path_style is [s3] path_style in the file, PGATTIC_S3_PATH_STYLE, "
      "--s3-path-style VALUE or --set s3.path_style=VALUE; the later one wins:\n" +
      service::DescribeConfig() +
      "Exit codes: 0 done, 1 failed, 2 usage, 75 deferred (try later).");
  Common common;
  Command chosen;
  Arguments arguments;
  AddCommon(app, common);
  AddWriting(app, common, chosen, arguments);
  AddReading(app, common, chosen, arguments);
  CLI::App* help = app.add_subcommand("help", "explain a command");
  help->add_option("command", arguments.help_of, "its name; all of them when none is named");
  AddCommon(*help, common);
  help->callback([&] { chosen = nullptr; });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  if (!chosen) return Help(app, arguments.help_of);
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
