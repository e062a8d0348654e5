// pgattic: the command line.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
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
#include "command_table.h"
#include "commands.h"
#include "manual.h"
#include "service/config_keys.h"
#include "shell_completion.h"
#include "usage_error.h"

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

int PrintCompletion(const CLI::App& app, const std::string& shell) {
  std::vector<std::string> flags;
  for (const std::string& key : service::AllKeys()) flags.push_back(service::FlagOf(key));
  const Result<std::string> script = CompletionFor(shell, TableOf(app), flags);
  if (!script.ok()) return Report(script.status(), false);
  std::cout << *script;
  return kDone;
}

std::vector<const CLI::App*> CommandsOf(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

int HelpOn(const CLI::App& app, const std::string& name, bool json) {
  if (name.empty()) {
    std::cout << app.help();
    return kDone;
  }
  for (const CLI::App* command : CommandsOf(app)) {
    if (command->get_name() != name) continue;
    std::cout << command->help()
              << "Every configuration key is a flag too, e.g. --run-workers 2; `pgattic --help` "
                 "lists them.\n";
    return kDone;
  }
  return Report(UnknownCommand(app, name), json);
}

int Help(const CLI::App& app, const Arguments& a, bool json) {
  if (!a.completion_of.empty()) return PrintCompletion(app, a.completion_of);
  if (!a.manual) return HelpOn(app, a.help_of, json);
  std::cout << ManualPage(TableOf(app));
  return kDone;
}

void AddHelp(CLI::App& app, Common& common, Command& chosen, Arguments& arguments) {
  CLI::App* help = app.add_subcommand("help", "explain a command");
  help->add_option("command", arguments.help_of, "its name; all of them when none is named");
  help->add_option("--completion", arguments.completion_of,
                   "print what makes this shell complete: bash, zsh or fish");
  help->add_flag("--man", arguments.manual, "print the manual page, for man -l -");
  AddCommon(*help, common);
  help->callback([&] { chosen = nullptr; });
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
  AddCommands(app, common, chosen, arguments);
  AddHelp(app, common, chosen, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    return Report(UsageError(app, error), common.json);
  }
  if (!chosen) return Help(app, arguments, common.json);
  Result<Invocation> invocation = Prepare(common);
  if (!invocation.ok()) return Report(std::move(invocation).status(), common.json);
  const int code = chosen(*invocation);
  errno = 0;
  const bool is_written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (is_written || errno == EPIPE) return code;  // Who stopped reading wants no more.
  Status unwritten(Code::kResourceExhausted,
                   "not all of the answer could be written to standard output; what the command "
                   "did is done");
  const int failed = Report(unwritten, false);
  return code == kDone ? failed : code;
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
