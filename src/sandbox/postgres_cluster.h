// PostgresCluster: a throwaway PostgreSQL server of our own, never the system's.
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/op_context.h"
#include "base/result.h"
#include "sandbox/scratch_folder.h"
#include "sandbox/subprocess.h"

namespace pgattic::sandbox {

/// What kind of server to start.
struct PostgresOptions {
  /// Folder of initdb, postgres and pg_ctl. "" takes PGATTIC_PG_BIN from the environment, else
  /// the newest version under /usr/lib/postgresql.
  std::string bin_dir = {};
  /// Lines of postgresql.conf; they win over what pgattic sets itself.
  std::map<std::string, std::string> settings = {};
  std::string timezone = "UTC";
  std::string locale = "C.UTF-8";
  /// False turns fsync and full_page_writes off: a crash of the machine, not of the server,
  /// may ruin the cluster. True for measurements.
  bool durable = false;
  /// Account to run as when this process is root, which PostgreSQL refuses. "" takes
  /// `postgres`, else `nobody`. Ignored otherwise.
  std::string os_user = {};
  /// The data folder of a server that is stopped: this one starts from a copy of it and not
  /// from initdb. Its roles keep their passwords, so TcpUrl() is of no use.
  std::string copy_of = {};
  /// "standby.signal" or "recovery.signal", made before the start; "" for none.
  std::string signal_file = {};
  std::string parent_folder = "/tmp";
};

/// One server with its data and its socket in one private folder. The socket trusts whoever
/// may enter the folder (mode 0700); TCP is on a free port of 127.0.0.1 and asks for a
/// password. The superuser is "postgres". Destruction stops the server and removes the folder;
/// so does a guard process when this one is killed. Not thread-safe; any number of clusters
/// may run at once. Every call blocks, at most until the context ends.
class PostgresCluster {
 public:
  /// Makes a cluster and returns once it takes connections, a standby once it takes reading
  /// ones (one to three seconds). NotFound
  /// without PostgreSQL, FailedPrecondition with the end of the server's log when it does not
  /// start.
  static Result<std::unique_ptr<PostgresCluster>> Start(const OpContext& ctx,
                                                        const PostgresOptions& options);
  ~PostgresCluster();
  PostgresCluster(const PostgresCluster&) = delete;
  PostgresCluster& operator=(const PostgresCluster&) = delete;

  /// Returns the libpq URL of the unix socket.
  std::string Url(const std::string& database = "postgres",
                  const std::string& user = "postgres") const;
  /// Returns the libpq URL of 127.0.0.1, for proxies. Carries password(), which only the
  /// superuser has by itself: ALTER ROLE … PASSWORD gives it to others.
  std::string TcpUrl(const std::string& database = "postgres",
                     const std::string& user = "postgres") const;

  /// Stops the server as `pg_ctl stop -m fast` does, harder when `ctx` ends. No effect when
  /// it does not run.
  Status Stop(const OpContext& ctx);
  /// Kills every process of the server at once (SIGKILL) and returns when all are gone: what
  /// the out-of-memory killer or a power cut leaves. No effect when it does not run.
  Status Kill(const OpContext& ctx);
  /// Starts it again on the same data and port, stopping it first when it runs.
  Status Restart(const OpContext& ctx);

  bool running() const { return server_ != nullptr; }
  /// Process id of the postmaster; 0 when it does not run.
  pid_t pid() const { return server_ ? server_->pid() : 0; }
  int port() const { return port_; }
  const std::string& password() const { return password_; }
  const std::string& bin_dir() const { return bin_dir_; }
  /// Folder of the socket; the data lie in data_dir().
  const std::string& folder() const { return folder_->path(); }
  std::string data_dir() const { return folder() + "/data"; }
  /// Returns the server's log so far.
  std::string Log() const;

 private:
  PostgresCluster() = default;
  Status CopyDatabase(const OpContext& ctx, const PostgresOptions& options);
  Status InitDatabase(const OpContext& ctx, const PostgresOptions& options);
  Status WriteSettings(const PostgresOptions& options) const;
  Status StartOnFreePort(const OpContext& ctx);
  Status StartServer(const OpContext& ctx);
  Status WaitUntilReady(const OpContext& ctx);

  std::string bin_dir_;
  std::optional<OsUser> user_;
  std::string password_;
  int port_ = 0;
  std::unique_ptr<ScratchFolder> folder_;
  std::unique_ptr<Subprocess> server_;  ///< Dies before its folder does.
};

}  // namespace pgattic::sandbox
