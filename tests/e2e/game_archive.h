// GameArchive: a server with generated games, a configuration, and the program itself.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "pg/connection.h"
#include "sandbox/game_generator.h"
#include "sandbox/postgres_cluster.h"
#include "sandbox/scratch_folder.h"
#include "sandbox/subprocess.h"
#include "store/object_store.h"
#include "tests/support/s3/s3_server.h"

namespace pgattic::test {

inline const std::string kPartition = "past_games_2024_01";  // NOLINT(cert-err58-cpp): a name
inline constexpr const char* kParquet = "partitions/*/*/*.parquet";
/// Of [run]: several parts even of a small month.
inline constexpr const char* kSmallParts =
    "workers = 2\nsingle_part_size = 1\npart_size = \"128KiB\"\n";

/// How `pgattic` ended.
struct Ran {
  int code = 0;
  int signal = 0;
  std::string out;
  std::string err;
  nlohmann::json json() const { return nlohmann::json::parse(out, nullptr, false); }
};

/// One cluster for the whole program; a database of its own for each test. Everything runs
/// as the unprivileged owner of the tables.
class GameArchive : public ::testing::Test {
 protected:
  void SetUp() override;

  /// Loads `rows` games into each of the months of 2024; `bounds_zone` as in GameSchemaOptions.
  void LoadMonths(const std::vector<int>& months, std::int64_t rows,
                  const std::string& bounds_zone = {});
  /// Adds the month under way, too young to be archived. Returns its partition's name.
  std::string LoadYoungMonth(std::int64_t rows);
  /// Writes the configuration; `extra` is appended.
  void Configure(const std::string& archive_url, const std::string& extra);
  /// Writes a configuration with this text after [database] and [archive].
  void ConfigureSource(const std::string& toml);
  /// Starts an S3 server, makes a bucket, configures it; `extra` as in Configure.
  void UseS3(const std::string& extra = "", bool is_versioned = false);
  /// The same on a server that other tests use as well.
  void UseS3(std::shared_ptr<S3Server> server, const std::string& extra = "");
  /// Runs `pgattic COMMAND … --config …`.
  Ran Pgattic(std::vector<std::string> arguments,
              const std::map<std::string, std::string>& env = {});
  /// Runs it and expects it to end well.
  void Works(const std::vector<std::string>& arguments);
  /// Starts it and does not wait.
  std::unique_ptr<sandbox::Subprocess> Begin(std::vector<std::string> arguments,
                                             const std::map<std::string, std::string>& env);
  /// Where `get` finds the row, or its availability.
  std::string TierOf(const std::string& id);
  /// Runs SQL as the superuser.
  void Admin(const std::string& sql);
  /// Runs SQL as the owner; returns the rows as text, columns joined by "|".
  std::vector<std::string> Sql(const std::string& sql);
  std::string One(const std::string& sql);
  /// What is in the store, sorted: every object, unfinished upload and what else was left, but
  /// not the lock files, the metadata of objects that are there and the table's definition.
  std::vector<std::string> Files() const;
  /// With the definition.
  std::vector<std::string> EveryFile() const;
  /// Copies every object of the bucket into the archive's folder, whose data are removed.
  void Download() const;
  /// What `SELECT *` gives, row by row as PostgreSQL's own text, through the Parquet files
  /// and pyarrow, an independent reader.
  std::vector<std::string> RowsByPyarrow(const std::string& glob);

  /// Every row of past_games, all columns as PostgreSQL's own text, as RowsByPyarrow.
  std::vector<std::string> RowsOfDatabase();
  /// "id:status" of every game.
  std::vector<std::string> Statuses();

  const std::string& folder() const { return scratch_->path(); }
  std::string archive_folder() const { return folder() + "/archive"; }
  std::string url() const;
  /// The same as another role.
  std::string UrlOf(const std::string& role) const;
  const std::string& config() const { return config_; }
  const std::string& database() const { return database_; }
  /// The server of all tests of this program: leave it running.
  static sandbox::PostgresCluster& cluster();
  S3Server& s3() const { return *s3_; }
  std::string bucket() const { return bucket_; }

 private:
  void Load(const std::vector<model::YearMonth>& months, std::int64_t rows, const std::string& sql);

  std::shared_ptr<S3Server> s3_;
  std::unique_ptr<store::ObjectStore> store_;
  std::string bucket_;
  std::unique_ptr<sandbox::ScratchFolder> scratch_;
  std::unique_ptr<pg::Connection> connection_;
  std::string database_;
  std::string config_;
};

}  // namespace pgattic::test
