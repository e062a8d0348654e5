#include "sandbox/postgres_cluster.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "sandbox/postgres_install.h"
#include "sandbox/postmaster.h"
#include "sandbox/text_file.h"

namespace pgattic::sandbox {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPollInterval{5};
constexpr milliseconds kStopBudget{20000};
constexpr int kPortTries = 10;
constexpr std::string_view kHex = "0123456789ABCDEF";
constexpr std::size_t kLogTailBytes = 2000;
/// Of sockaddr_un (unix(7)), with the name that PostgreSQL gives the socket.
constexpr std::size_t kMaxSocketPath = 107;
constexpr std::string_view kSocketName = "/.s.PGSQL.65535";

/// Escapes one component of a URL (RFC 3986, 2.1).
std::string UrlEscape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
        (byte >= 'a' && byte <= 'z') || c == '_' || c == '-' || c == '.') {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
    }
  }
  return out;
}

std::string QuoteSetting(std::string_view value) {
  std::string out = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  return out + "'";
}

}  // namespace

Result<std::unique_ptr<PostgresCluster>> PostgresCluster::Start(const OpContext& ctx,
                                                                const PostgresOptions& options) {
  std::unique_ptr<PostgresCluster> cluster(new PostgresCluster());
  PGATTIC_ASSIGN_OR_RETURN(cluster->bin_dir_, FindPostgresBin(options.bin_dir));
  PGATTIC_ASSIGN_OR_RETURN(cluster->user_, ChooseServerUser(options.os_user));
  PGATTIC_ASSIGN_OR_RETURN(
      cluster->folder_,
      ScratchFolder::Make({.parent = options.parent_folder,
                           .owner = cluster->user_,
                           .on_abandon = {cluster->bin_dir_ + "/pg_ctl", "-D", "{}/data", "-m",
                                          "immediate", "-w", "-t", "10", "stop"}}));
  if (cluster->folder().size() + kSocketName.size() > kMaxSocketPath) {
    return {Code::kInvalidArgument,
            "the path " + cluster->folder() + " is too long for a socket: choose a shorter folder"};
  }
  cluster->password_ = RandomHex(16);
  PGATTIC_RETURN_IF_ERROR(options.copy_of.empty() ? cluster->InitDatabase(ctx, options)
                                                  : cluster->CopyDatabase(ctx, options));
  PGATTIC_RETURN_IF_ERROR(cluster->WriteSettings(options));
  PGATTIC_RETURN_IF_ERROR(cluster->StartOnFreePort(ctx));
  return cluster;
}

PostgresCluster::~PostgresCluster() {
  if (!server_) return;
  server_->Signal(SIGCONT).ok();  // A test may have stopped it.
  Stop(OpContext().WithDeadline(kStopBudget)).ok();
}

Status PostgresCluster::CopyDatabase(const OpContext& ctx, const PostgresOptions& options) {
  PGATTIC_ASSIGN_OR_RETURN(const SubprocessOutcome outcome,
                           Subprocess::Run(ctx, {.argv = {"cp", "-a", options.copy_of, data_dir()},
                                                 .working_folder = "/",
                                                 .user = user_}));
  PGATTIC_RETURN_IF_ERROR(outcome.CheckSuccess("copying " + options.copy_of));
  if (options.signal_file.empty()) return Status::Ok();
  return WriteTextFile(data_dir() + "/" + options.signal_file, "");
}

Status PostgresCluster::InitDatabase(const OpContext& ctx, const PostgresOptions& options) {
  // Written by name and read by another user: the folder keeps everybody else out.
  const std::string password_file = folder() + "/password";
  PGATTIC_RETURN_IF_ERROR(WriteTextFile(password_file, password_ + "\n"));
  if (user_ && ::chown(password_file.c_str(), user_->uid, user_->gid) != 0) {
    return store::ErrnoStatus(errno, "giving " + password_file + " to " + user_->name);
  }
  PGATTIC_ASSIGN_OR_RETURN(
      const SubprocessOutcome outcome,
      Subprocess::Run(ctx, {.argv = {bin_dir_ + "/initdb", "-D", data_dir(), "-U", "postgres",
                                     "--auth-local=trust", "--auth-host=scram-sha-256",
                                     "--pwfile=" + password_file, "--encoding=UTF8",
                                     "--locale=" + options.locale, "--no-sync"},
                            .working_folder = "/",
                            .user = user_}));
  std::error_code ignored;
  std::filesystem::remove(password_file, ignored);
  return outcome.CheckSuccess("initdb");
}

Status PostgresCluster::WriteSettings(const PostgresOptions& options) const {
  std::map<std::string, std::string> settings = {
      {"listen_addresses", "127.0.0.1"}, {"unix_socket_directories", folder()},
      {"timezone", options.timezone},    {"log_timezone", "UTC"},
      {"shared_buffers", "64MB"},        {"max_connections", "60"},
      {"logging_collector", "off"},
  };
  if (!options.durable) {
    // mmap: shared memory in the data folder, so that a killed server leaves none in /dev/shm.
    settings.insert(
        {{"fsync", "off"}, {"full_page_writes", "off"}, {"dynamic_shared_memory_type", "mmap"}});
  }
  for (const auto& [name, value] : options.settings) settings[name] = value;
  std::string text = "\n# pgattic\n";
  for (const auto& [name, value] : settings) {
    text += name + " = " + QuoteSetting(value) + "\n";
  }
  return AppendTextFile(data_dir() + "/postgresql.conf", text);
}

Status PostgresCluster::StartOnFreePort(const OpContext& ctx) {
  // Somebody may take the port between the look and the start; then another one is tried.
  for (int attempt = 1;; ++attempt) {
    PGATTIC_ASSIGN_OR_RETURN(port_, FindFreePort());
    const std::size_t log_before = Log().size();
    Status started = StartServer(ctx);
    const bool port_taken =
        Log().find("could not create any TCP/IP sockets", log_before) != std::string::npos;
    if (started.ok() || !port_taken || attempt == kPortTries) return started;
  }
}

Status PostgresCluster::StartServer(const OpContext& ctx) {
  // Not tied to this thread: the guard of the folder stops it when this process dies.
  PGATTIC_ASSIGN_OR_RETURN(
      server_, Subprocess::Spawn(
                   {.argv = {bin_dir_ + "/postgres", "-D", data_dir(), "-p", std::to_string(port_)},
                    .working_folder = "/",
                    .stdout_file = folder() + "/log",
                    .stderr_file = folder() + "/log",
                    .parent_death_signal = 0,
                    .user = user_}));
  Status ready = WaitUntilReady(ctx);
  if (ready.ok()) return ready;
  Kill(OpContext().WithDeadline(kStopBudget)).ok();
  const std::string log = Log();
  const std::size_t from = log.size() > kLogTailBytes ? log.size() - kLogTailBytes : 0;
  return std::move(ready).While("starting PostgreSQL, which said: " + log.substr(from));
}

Status PostgresCluster::WaitUntilReady(const OpContext& ctx) {
  for (;;) {
    const PostmasterFile file = ReadPostmasterFile(data_dir());
    if (file.pid == server_->pid() && file.ready) return Status::Ok();
    if (const std::optional<ExitStatus> exit = server_->TryWait()) {
      return {Code::kFailedPrecondition,
              "PostgreSQL ended with " + exit->ToString() + ": correct what its log complains of"};
    }
    PGATTIC_RETURN_IF_ERROR(ctx.SleepFor(kPollInterval));
  }
}

Status PostgresCluster::Stop(const OpContext& ctx) {
  if (!server_) return Status::Ok();
  if (!server_->TryWait()) PGATTIC_RETURN_IF_ERROR(server_->Signal(SIGINT));
  const Result<ExitStatus> exit = server_->Wait(ctx);
  if (!exit.ok() || !exit->ok()) return Kill(OpContext().WithDeadline(kStopBudget));
  server_.reset();
  return Status::Ok();
}

Status PostgresCluster::Kill(const OpContext& ctx) {
  if (!server_) return Status::Ok();
  const PostmasterFile file = ReadPostmasterFile(data_dir());
  const bool ours = file.pid == server_->pid();
  server_.reset();
  for (std::vector<pid_t> left; !(left = ProcessesIn(data_dir())).empty();) {
    for (const pid_t pid : left) ::kill(pid, SIGKILL);
    PGATTIC_RETURN_IF_ERROR(ctx.SleepFor(kPollInterval));
  }
  if (ours && file.shared_memory_id) RemoveSharedMemory(*file.shared_memory_id);
  return Status::Ok();
}

Status PostgresCluster::Restart(const OpContext& ctx) {
  PGATTIC_RETURN_IF_ERROR(Stop(ctx));
  return StartServer(ctx);
}

std::string PostgresCluster::Url(const std::string& database, const std::string& user) const {
  return "postgresql://" + UrlEscape(user) + "@/" + UrlEscape(database) +
         "?host=" + UrlEscape(folder()) + "&port=" + std::to_string(port_);
}

std::string PostgresCluster::TcpUrl(const std::string& database, const std::string& user) const {
  return "postgresql://" + UrlEscape(user) + ":" + password_ +
         "@127.0.0.1:" + std::to_string(port_) + "/" + UrlEscape(database);
}

std::string PostgresCluster::Log() const { return ReadTextFile(folder() + "/log"); }

}  // namespace pgattic::sandbox
