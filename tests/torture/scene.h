// Scene: a month of many rows in several parts, archived step by step by the program itself,
// for tests that damage what is stored or change what is archived.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/torture/arena.h"

namespace pgattic::torture {

/// One server for the whole program, an arena for each test. Rows are (id, at, v, payload) of
/// public.events, ids from 1 on, all in January 2024.
class Scene : public ::testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite() { cluster_.reset(); }
  void SetUp() override { Begin(); }

  /// Makes a new arena with its rows.
  void Begin(const ArenaOptions& options = {});
  /// Runs the program with these arguments.
  sandbox::SubprocessOutcome Pgattic(const std::vector<std::string>& arguments);
  sandbox::SubprocessOutcome ArchiveUntil(const std::string& phase) {
    return Pgattic({"archive", "--until", phase});
  }
  /// Returns the first column of what the owner's statement gives.
  std::vector<std::string> Sql(const std::string& sql);
  std::string One(const std::string& sql);
  /// COPY's text of every row of the relation, in the order of ids.
  std::string CopyText(const std::string& relation);
  /// The same of the Parquet files that the metadata names, read by DuckDB.
  std::string StoredText();

  /// Fails the test with the first line that differs.
  static void ExpectSameRows(const std::string& found, const std::string& expected);

  /// Keys of the parts that count, by number.
  std::vector<std::string> PartKeys();
  /// Path of an object in the archive's folder.
  std::string PathOf(const std::string& key) const { return arena_->archive_folder() + "/" + key; }

  static std::unique_ptr<sandbox::PostgresCluster> cluster_;
  std::unique_ptr<Arena> arena_;
  std::unique_ptr<pg::Connection> connection_;
};

}  // namespace pgattic::torture
