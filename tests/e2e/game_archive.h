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

namespace pgattic::test {

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

  /// Loads `rows` games into each of the months of 2024.
  void LoadMonths(const std::vector<int>& months, std::int64_t rows);
  /// Writes the configuration; `extra` is appended.
  void Configure(const std::string& archive_url, const std::string& extra);
  /// Runs `pgattic COMMAND … --config …`.
  Ran Pgattic(std::vector<std::string> arguments,
              const std::map<std::string, std::string>& env = {});
  /// Runs SQL as the owner; returns the rows as text, columns joined by "|".
  std::vector<std::string> Sql(const std::string& sql);
  std::string One(const std::string& sql);
  /// Paths of regular files under the archive's folder, relative, hidden ones left out.
  std::vector<std::string> Files() const;
  /// What `SELECT *` gives, row by row as PostgreSQL's own text, through the Parquet files
  /// and pyarrow, an independent reader.
  std::vector<std::string> RowsByPyarrow(const std::string& glob);

  const std::string& folder() const { return scratch_->path(); }
  std::string archive_folder() const { return folder() + "/archive"; }
  std::string url() const;

 private:
  std::unique_ptr<sandbox::ScratchFolder> scratch_;
  std::unique_ptr<pg::Connection> connection_;
  std::string database_;
  std::string config_;
};

}  // namespace pgattic::test
