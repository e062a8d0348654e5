// EngineArchive: an archive in a bucket, and a Trino that reads it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/rows_fixture.h"
#include "engine/trino_engine.h"
#include "tests/e2e/game_archive.h"
#include "tests/support/trino/trino_server.h"

namespace pgattic::test {

/// One S3 server and one Trino for the whole program; a bucket, a schema and a database of its own
/// for each test. Skipped where Trino is not installed.
class EngineArchive : public GameArchive {
 protected:
  void SetUp() override;

  /// Of this test's schema, timestamps in microseconds.
  engine::TrinoOptions TrinoOptionsHere() const;
  TrinoServer& trino() const;
  /// Runs one statement in Trino; the rows as text, columns joined by "|", NULL as "~".
  std::vector<std::string> InTrino(const std::string& sql,
                                   const std::vector<engine::AnswerValue>& parameters = {});
  /// Runs what `pgattic ddl trino` prints.
  void DefineInTrino();
  /// Makes past_games_files by writing `parameters` and columns of `pgattic ddl glue`, which are
  /// Athena's own, into Trino's metastore.
  void DefineByGlue();
  /// All rows of past_games as RowsOfDatabase() has them, through Trino, sorted.
  std::vector<std::string> RowsInTrino(const std::string& from);
  /// What `pgattic archive` keeps in the bucket, or "".
  std::string StoredDefinition() const;
  const std::string& schema() const { return schema_; }

 private:
  std::string schema_;
  std::unique_ptr<engine::QueryEngine> engine_;
};

/// A timestamp(6) of Trino as PostgreSQL writes a timestamptz in UTC.
std::string AsTimestampTz(const std::string& text);

}  // namespace pgattic::test
