// Arena: one schedule's database, archive folder or bucket, configuration and program.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pg/connection.h"
#include "sandbox/postgres_cluster.h"
#include "sandbox/scratch_folder.h"
#include "sandbox/subprocess.h"
#include "service/config.h"
#include "store/object_store.h"
#include "tests/torture/table.h"

namespace pgattic::torture {

/// What one schedule works on. A plain value.
struct ArenaOptions {
  bool is_games = false;
  std::string grace = "0";
  std::string run = {};               ///< Further lines of [run].
  std::string archive_url = {};       ///< "": a folder of the arena's own.
  std::string archive_settings = {};  ///< Further sections of the configuration.
  std::uint16_t database_port = 0;    ///< For the program alone, over TCP; 0: the socket.
};

/// Thread-safe but for Configure(). The cluster must outlive it.
class Arena {
 public:
  /// Makes a database with the tables in it and runs `pgattic init`.
  static Result<std::unique_ptr<Arena>> Make(sandbox::PostgresCluster& cluster,
                                             const ArenaOptions& options);

  const Table& table() const { return table_; }
  sandbox::PostgresCluster& cluster() const { return cluster_; }
  const std::string& database() const { return database_; }
  std::string archive_folder() const { return scratch_->path() + "/archive"; }
  const service::Config& config() const { return config_; }
  /// Writes the configuration anew.
  Status Configure(const ArenaOptions& options);

  /// Opens a session as the tables' owner.
  pg::ConnectOptions Connection(const std::string& name) const;
  Result<std::unique_ptr<pg::Connection>> Connect(const std::string& name) const;
  Result<std::unique_ptr<store::ObjectStore>> OpenStore() const;

  /// Starts `pgattic ARGUMENTS… --config …`. Spawn from a thread that outlives the child.
  Result<std::unique_ptr<sandbox::Subprocess>> Spawn(
      const std::vector<std::string>& arguments,
      const std::map<std::string, std::string>& env = {}) const;
  /// Runs it to its end, at most two minutes.
  Result<sandbox::SubprocessOutcome> Run(const std::vector<std::string>& arguments,
                                         const std::map<std::string, std::string>& env = {}) const;

 private:
  Arena(sandbox::PostgresCluster& cluster, bool is_games) : cluster_(cluster), table_(is_games) {}
  std::string ConfigFile() const { return scratch_->path() + "/pgattic.toml"; }
  sandbox::SubprocessOptions Command(const std::vector<std::string>& arguments,
                                     const std::map<std::string, std::string>& env) const;

  sandbox::PostgresCluster& cluster_;
  const Table table_;
  std::unique_ptr<sandbox::ScratchFolder> scratch_;
  std::string database_;
  service::Config config_;
};

/// Returns an environment variable, or `fallback`.
std::string Variable(const char* name, const std::string& fallback);

}  // namespace pgattic::torture
