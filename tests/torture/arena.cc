#include "tests/torture/arena.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/hash.h"
#include "pg/identifier.h"
#include "sandbox/text_file.h"
#include "service/stores.h"

namespace pgattic::torture {

std::string Variable(const char* name, const std::string& fallback) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? fallback : value;
}

namespace {

constexpr const char* kPassword = "torture";

/// Memory where there is some: a schedule is to spend its time on races, not on fsync.
std::string QuickFolder() { return ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"; }

}  // namespace

Result<std::unique_ptr<Arena>> Arena::Make(sandbox::PostgresCluster& cluster,
                                           const ArenaOptions& options) {
  const OpContext ctx;
  std::unique_ptr<Arena> arena(new Arena(cluster, options.is_games));
  PGATTIC_ASSIGN_OR_RETURN(arena->scratch_,
                           sandbox::ScratchFolder::Make({.parent = QuickFolder()}));
  std::filesystem::create_directories(arena->archive_folder());
  arena->database_ = "t" + RandomHex(6);
  PGATTIC_ASSIGN_OR_RETURN(const auto server, pg::Connection::Open(ctx, {cluster.Url(), "arena"}));
  PGATTIC_RETURN_IF_ERROR(server->Exec(ctx, "CREATE DATABASE " + arena->database_).status());
  PGATTIC_ASSIGN_OR_RETURN(const auto admin,
                           pg::Connection::Open(ctx, {cluster.Url(arena->database_), "arena"}));
  PGATTIC_RETURN_IF_ERROR(arena->table_.Create(ctx, *admin));
  if (options.database_port != 0) {
    PGATTIC_RETURN_IF_ERROR(
        admin->Exec(ctx, "ALTER ROLE woogles PASSWORD " + pg::QuoteLiteral(kPassword)).status());
  }
  PGATTIC_RETURN_IF_ERROR(arena->Configure(options));
  PGATTIC_ASSIGN_OR_RETURN(const sandbox::SubprocessOutcome made, arena->Run({"init"}));
  PGATTIC_RETURN_IF_ERROR(made.CheckSuccess("pgattic init"));
  return arena;
}

Status Arena::Configure(const ArenaOptions& options) {
  const std::string url = options.database_port == 0
                              ? cluster_.Url(database_, "woogles")
                              : "postgresql://woogles:" + std::string(kPassword) +
                                    "@127.0.0.1:" + std::to_string(options.database_port) + "/" +
                                    database_ + "?sslmode=disable&gssencmode=disable";
  const std::string archive =
      options.archive_url.empty() ? "file://" + archive_folder() : options.archive_url;
  PGATTIC_RETURN_IF_ERROR(sandbox::WriteTextFile(
      ConfigFile(), "[database]\nurl = \"" + url + "\"\n[archive]\nurl = \"" + archive + "\"\n" +
                        options.archive_settings + "\n[run]\n" + options.run +
                        "\n[[source]]\ntable = \"public." + table_.name() + "\"\nid_column = \"" +
                        table_.id_column() + "\"\n" +
                        (table_.is_games() ? "profile = \"games\"\n" : "") +
                        "allow_changes = true\ngrace = \"" + options.grace + "\"\n"));
  PGATTIC_ASSIGN_OR_RETURN(config_, service::LoadConfig(ConfigFile(), {}, {}));
  return Status::Ok();
}

pg::ConnectOptions Arena::Connection(const std::string& name) const {
  return {cluster_.Url(database_, "woogles"), name};
}

Result<std::unique_ptr<pg::Connection>> Arena::Connect(const std::string& name) const {
  return pg::Connection::Open(OpContext(), Connection(name));
}

Result<std::unique_ptr<store::ObjectStore>> Arena::OpenStore() const {
  return service::OpenStore(config_);
}

sandbox::SubprocessOptions Arena::Command(const std::vector<std::string>& arguments,
                                          const std::map<std::string, std::string>& env) const {
  sandbox::SubprocessOptions command;
  command.argv = {Variable("PGATTIC_BIN", "pgattic")};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.argv.insert(command.argv.end(), {"--config", ConfigFile()});
  command.env = env;
  return command;
}

Result<std::unique_ptr<sandbox::Subprocess>> Arena::Spawn(
    const std::vector<std::string>& arguments,
    const std::map<std::string, std::string>& env) const {
  return sandbox::Subprocess::Spawn(Command(arguments, env));
}

Result<sandbox::SubprocessOutcome> Arena::Run(const std::vector<std::string>& arguments,
                                              const std::map<std::string, std::string>& env) const {
  const OpContext ctx = OpContext().WithDeadline(std::chrono::minutes(2));
  return sandbox::Subprocess::Run(ctx, Command(arguments, env));
}

}  // namespace pgattic::torture
