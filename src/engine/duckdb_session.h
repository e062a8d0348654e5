// DuckDbSession: one connection to DuckDB in this process, and one statement at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "engine/duckdb_handle.h"
#include "engine/query_engine.h"

namespace pgattic::engine {

/// Runs statements of one caller. Not thread-safe. The database outlives it. A call ends, with
/// the context's error, soon after the context does: DuckDB is interrupted.
class DuckDbSession {
 public:
  static Result<std::unique_ptr<DuckDbSession>> Open(duckdb_database database);

  duckdb_connection connection() const { return connection_.get(); }

  /// Runs statements that pgattic wrote itself; what they answer is left out.
  Status Define(const OpContext& ctx, const std::string& sql);

  /// Returns whether `sql` is a query or the EXPLAIN of one. InvalidArgument unless it is, and
  /// right.
  Result<duckdb_statement_type> KindOf(const OpContext& ctx, const std::string& sql);

  /// Runs one SELECT, EXPLAIN or the like and hands its rows to `sink` as text, while they come.
  /// InvalidArgument for any other statement, for another number of parameters, or where DuckDB
  /// finds the statement wrong. Returns the number of rows.
  Result<std::int64_t> Run(const OpContext& ctx, const Query& query, AnswerSink& sink);

  /// Returns the rows as Run does, all of them. For short answers.
  Result<std::vector<std::vector<AnswerValue>>> Rows(const OpContext& ctx, const Query& query);

 private:
  explicit DuckDbSession(ConnectionHandle connection) : connection_(std::move(connection)) {}
  Result<std::int64_t> RunOnce(const OpContext& ctx, const Query& query, AnswerSink& sink);
  /// A thread of DuckDB that fails interrupts the others before it says why, so that the caller may
  /// hear of the interrupt alone. Asks once more, for the reason.
  Status WhyInterrupted(const OpContext& ctx, const Query& query);
  Result<StatementHandle> Prepare(const std::string& sql);
  Result<StatementHandle> PrepareQuery(const std::string& sql);
  bool ReadsAsQuery(const std::string& sql);
  Status CheckIsQuery(duckdb_prepared_statement statement, const std::string& sql);
  Result<std::vector<AnswerColumn>> ColumnsOfAnswer(duckdb_prepared_statement plain,
                                                    const Query& query);
  Status Execute(const OpContext& ctx, duckdb_prepared_statement statement, AnswerSink& sink,
                 ResultHandle& result);

  ConnectionHandle connection_;
};

}  // namespace pgattic::engine
