#include "engine/duckdb_session.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/duckdb_bind.h"
#include "engine/duckdb_error.h"
#include "engine/duckdb_text.h"
#include "engine/duckdb_type.h"
#include "engine/explain_text.h"

namespace pgattic::engine {
namespace {

/// Interrupts a connection once the context is over, and again until it is destroyed: an
/// interrupt between two statements is lost.
class Watchdog {
 public:
  Watchdog(const OpContext& ctx, duckdb_connection connection)
      : ctx_(ctx), thread_([this, connection](const std::stop_token& ended) {
          while (!ended.stop_requested()) {
            if (!ctx_.Check().ok()) duckdb_interrupt(connection);
            std::unique_lock lock(mutex_);
            changed_.wait_for(lock, ended, kPause, [] { return false; });
          }
        }) {}

 private:
  static constexpr std::chrono::milliseconds kPause{20};
  const OpContext& ctx_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::jthread thread_;  ///< Last: it uses all above.
};

/// Whoever leaves a statement in its midst has to interrupt it: else DuckDB's own threads work on,
/// and the connection waits for them when it closes.
class InterruptUnlessFinished {
 public:
  explicit InterruptUnlessFinished(duckdb_connection connection) : connection_(connection) {}
  ~InterruptUnlessFinished() {
    if (!finished_) duckdb_interrupt(connection_);
  }
  InterruptUnlessFinished(const InterruptUnlessFinished&) = delete;
  InterruptUnlessFinished& operator=(const InterruptUnlessFinished&) = delete;
  void Finished() { finished_ = true; }

 private:
  duckdb_connection connection_;
  bool finished_ = false;
};

/// The context's own error says more than "interrupted".
Status ErrorOrEnd(const OpContext& ctx, Status error) {
  if (!error.Is(Code::kCancelled)) return error;
  Status over = ctx.Check();
  return over.ok() ? std::move(error) : std::move(over);
}

Status ErrorOf(duckdb_result* result) {
  const char* message = duckdb_result_error(result);
  return DuckDbError(duckdb_result_error_type(result), message == nullptr ? "" : message);
}

/// Hands over a chunk whose columns are all text.
Status Deliver(duckdb_data_chunk chunk, std::vector<AnswerValue>& row, AnswerSink& sink) {
  const idx_t rows = duckdb_data_chunk_get_size(chunk);
  for (idx_t r = 0; r < rows; ++r) {
    for (idx_t c = 0; c < row.size(); ++c) {
      duckdb_vector column = duckdb_data_chunk_get_vector(chunk, c);
      std::uint64_t* validity = duckdb_vector_get_validity(column);
      if (validity != nullptr && !duckdb_validity_row_is_valid(validity, r)) {
        row[c].reset();
        continue;
      }
      auto* texts = static_cast<duckdb_string_t*>(duckdb_vector_get_data(column));
      row[c].emplace(duckdb_string_t_data(&texts[r]), duckdb_string_t_length(texts[r]));
    }
    PGATTIC_RETURN_IF_ERROR(sink.Row(row));
  }
  return Status::Ok();
}

// For the reason of an error, which asking again gives.
constexpr std::chrono::seconds kReasonBudget{10};

/// True for what DuckDB says where its own thread was interrupted.
bool IsInterrupt(const Error& error) {
  return error.code == Code::kCancelled && error.origin.system == "duckdb";
}

/// Collects rows, at most so many; further ones are left out.
class RowsSink final : public AnswerSink {
 public:
  explicit RowsSink(std::size_t most = SIZE_MAX) : most_(most) {}
  Status Columns(const std::vector<AnswerColumn>& /*columns*/) override { return Status::Ok(); }
  Status Row(std::span<const AnswerValue> values) override {
    if (rows.size() < most_) rows.emplace_back(values.begin(), values.end());
    return Status::Ok();
  }
  std::vector<std::vector<AnswerValue>> rows;

 private:
  const std::size_t most_;
};

std::vector<AnswerColumn> ColumnsOf(duckdb_prepared_statement statement) {
  std::vector<AnswerColumn> columns;
  const idx_t count = duckdb_prepared_statement_column_count(statement);
  for (idx_t i = 0; i < count; ++i) {
    const TextHandle name(
        const_cast<char*>(duckdb_prepared_statement_column_name(statement, i)));  // NOLINT
    const TypeHandle type(duckdb_prepared_statement_column_logical_type(statement, i));
    columns.push_back({name ? name.get() : "", DuckDbTypeName(type.get())});
  }
  return columns;
}

/// DuckDB says so of a statement whose columns hang on the types of its parameters (`SELECT ?`).
bool AreUnknown(const std::vector<AnswerColumn>& columns) {
  return columns.size() == 1 && columns[0].name == "unknown";
}

Status NotAQuery() {
  return {Code::kInvalidArgument,
          "only queries are answered: SELECT, WITH, VALUES, DESCRIBE, and EXPLAIN of one; nothing "
          "was run"};
}

bool IsAllText(const std::vector<AnswerColumn>& columns) {
  for (const AnswerColumn& column : columns) {
    if (column.type != "varchar" && column.type != "json") return false;
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<DuckDbSession>> DuckDbSession::Open(duckdb_database database) {
  duckdb_connection connection = nullptr;
  if (duckdb_connect(database, &connection) == DuckDBError) {
    return {Code::kResourceExhausted, "DuckDB gives no further connection"};
  }
  return std::unique_ptr<DuckDbSession>(new DuckDbSession(ConnectionHandle(connection)));  // NOLINT
}

Status DuckDbSession::Define(const OpContext& ctx, const std::string& sql) {
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  const Watchdog watchdog(ctx, connection_.get());
  ResultHandle result;
  if (duckdb_query(connection_.get(), sql.c_str(), result.get()) == DuckDBSuccess) {
    return Status::Ok();
  }
  return ErrorOrEnd(ctx, ErrorOf(result.get()));
}

Result<StatementHandle> DuckDbSession::Prepare(const std::string& sql) {
  duckdb_extracted_statements raw = nullptr;
  const idx_t count = duckdb_extract_statements(connection_.get(), sql.c_str(), &raw);
  const ExtractedHandle extracted(raw);
  if (count != 1) {
    const char* why = duckdb_extract_statements_error(raw);
    if (why != nullptr) return DuckDbError(why);
    return {Code::kInvalidArgument, "that is not one statement but " + std::to_string(count) +
                                        "; write one, without a ; inside"};
  }
  duckdb_prepared_statement statement = nullptr;
  const duckdb_state prepared =
      duckdb_prepare_extracted_statement(connection_.get(), raw, 0, &statement);
  StatementHandle owned(statement);
  if (prepared == DuckDBError) return DuckDbError(duckdb_prepare_error(statement));
  return owned;
}

bool DuckDbSession::ReadsAsQuery(const std::string& sql) {
  const std::string nested = "SELECT * FROM " + InParentheses(SplitExplain(sql).statement);
  duckdb_extracted_statements raw = nullptr;
  const idx_t count = duckdb_extract_statements(connection_.get(), nested.c_str(), &raw);
  const ExtractedHandle extracted(raw);
  return count == 1;
}

Result<StatementHandle> DuckDbSession::PrepareQuery(const std::string& sql) {
  duckdb_extracted_statements raw = nullptr;
  const idx_t count = duckdb_extract_statements(connection_.get(), sql.c_str(), &raw);
  const ExtractedHandle extracted(raw);
  // Where it is not one statement, Prepare says why. To prepare is to bind, and EXPORT DATABASE
  // makes its folder there: so what no query can be is not even prepared.
  if (count == 1 && !ReadsAsQuery(sql)) return NotAQuery();
  PGATTIC_ASSIGN_OR_RETURN(StatementHandle statement, Prepare(sql));
  PGATTIC_RETURN_IF_ERROR(CheckIsQuery(statement.get(), sql));
  return statement;
}

Result<duckdb_statement_type> DuckDbSession::KindOf(const OpContext& ctx, const std::string& sql) {
  const Watchdog watchdog(ctx, connection_.get());
  Result<StatementHandle> statement = PrepareQuery(sql);
  if (!statement.ok()) return ErrorOrEnd(ctx, std::move(statement).status());
  return duckdb_prepared_statement_type(statement->get());
}

Result<std::vector<AnswerColumn>> DuckDbSession::ColumnsOfAnswer(duckdb_prepared_statement plain,
                                                                 const Query& query) {
  std::vector<AnswerColumn> columns = ColumnsOf(plain);
  if (query.parameters.empty() || !AreUnknown(columns)) return columns;
  PGATTIC_ASSIGN_OR_RETURN(const StatementHandle none,
                           Prepare("SELECT * FROM " + InParentheses(query.sql) + " LIMIT 0"));
  PGATTIC_RETURN_IF_ERROR(BindAll(none.get(), query.parameters));
  ResultHandle result;
  if (duckdb_execute_prepared(none.get(), result.get()) == DuckDBError) {
    return ErrorOf(result.get());
  }
  columns.clear();
  for (idx_t i = 0; i < duckdb_column_count(result.get()); ++i) {
    const TypeHandle type(duckdb_column_logical_type(result.get(), i));
    columns.push_back({duckdb_column_name(result.get(), i), DuckDbTypeName(type.get())});
  }
  return columns;
}

Status DuckDbSession::CheckIsQuery(duckdb_prepared_statement statement, const std::string& sql) {
  const duckdb_statement_type kind = duckdb_prepared_statement_type(statement);
  bool is_query = kind == DUCKDB_STATEMENT_TYPE_SELECT;
  if (kind == DUCKDB_STATEMENT_TYPE_EXPLAIN) {
    const Result<StatementHandle> inner = Prepare(SplitExplain(sql).statement);
    is_query =
        inner.ok() && duckdb_prepared_statement_type(inner->get()) == DUCKDB_STATEMENT_TYPE_SELECT;
  }
  return is_query ? Status::Ok() : NotAQuery();
}

Status DuckDbSession::Execute(const OpContext& ctx, duckdb_prepared_statement statement,
                              AnswerSink& sink, ResultHandle& result) {
  duckdb_pending_result raw = nullptr;
  const duckdb_state begun = duckdb_pending_prepared_streaming(statement, &raw);
  const PendingHandle pending(raw);
  if (begun == DuckDBError) return DuckDbError(duckdb_pending_error(raw));
  for (;;) {
    const duckdb_pending_state state = duckdb_pending_execute_task(raw);
    if (state == DUCKDB_PENDING_ERROR) return DuckDbError(duckdb_pending_error(raw));
    if (duckdb_pending_execution_is_finished(state)) break;
    sink.Progress(duckdb_query_progress(connection_.get()).percentage, 0);
    if (state == DUCKDB_PENDING_NO_TASKS_AVAILABLE) {
      PGATTIC_RETURN_IF_ERROR(ctx.SleepFor(std::chrono::milliseconds(1)));
    }
  }
  if (duckdb_execute_pending(raw, result.get()) == DuckDBError) return ErrorOf(result.get());
  return Status::Ok();
}

Result<std::int64_t> DuckDbSession::Run(const OpContext& ctx, const Query& query,
                                        AnswerSink& sink) {
  Result<std::int64_t> rows = RunOnce(ctx, query, sink);
  if (rows.ok() || !IsInterrupt(rows.error())) return rows;
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  return WhyInterrupted(ctx, query);
}

Status DuckDbSession::WhyInterrupted(const OpContext& ctx, const Query& query) {
  RowsSink none(0);
  const OpContext bounded = ctx.WithDeadline(kReasonBudget);
  while (bounded.Check().ok()) {
    Status again = RunOnce(bounded, query, none).status();
    if (again.ok()) break;
    if (bounded.Check().ok() && !IsInterrupt(again.error())) return again;
  }
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  return {Code::kUnavailable,
          "DuckDB ended the statement in its midst and does not say why; ask again",
          {"duckdb", "INTERRUPT Error"}};
}

Result<std::int64_t> DuckDbSession::RunOnce(const OpContext& ctx, const Query& query,
                                            AnswerSink& sink) {
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  const Watchdog watchdog(ctx, connection_.get());
  PGATTIC_ASSIGN_OR_RETURN(StatementHandle statement, PrepareQuery(query.sql));
  PGATTIC_RETURN_IF_ERROR(BindAll(statement.get(), query.parameters));
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<AnswerColumn> columns,
                           ColumnsOfAnswer(statement.get(), query));
  if (!IsAllText(columns)) {
    PGATTIC_ASSIGN_OR_RETURN(statement, Prepare(AsTextSql(query.sql, columns.size())));
    PGATTIC_RETURN_IF_ERROR(BindAll(statement.get(), query.parameters));
  }
  ResultHandle result;
  InterruptUnlessFinished interrupt(connection_.get());
  PGATTIC_RETURN_IF_ERROR(Execute(ctx, statement.get(), sink, result));
  PGATTIC_RETURN_IF_ERROR(sink.Columns(columns));
  std::vector<AnswerValue> row(columns.size());
  std::int64_t rows = 0;
  while (const ChunkHandle chunk{duckdb_fetch_chunk(*result)}) {
    PGATTIC_RETURN_IF_ERROR(Deliver(chunk.get(), row, sink));
    rows += static_cast<std::int64_t>(duckdb_data_chunk_get_size(chunk.get()));
  }
  if (duckdb_result_error(result.get()) != nullptr) return ErrorOf(result.get());
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  interrupt.Finished();
  return rows;
}

Result<std::vector<std::vector<AnswerValue>>> DuckDbSession::Rows(const OpContext& ctx,
                                                                  const Query& query) {
  RowsSink sink;
  PGATTIC_RETURN_IF_ERROR(Run(ctx, query, sink).status());
  return std::move(sink.rows);
}

}  // namespace pgattic::engine
