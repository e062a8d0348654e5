// The port to a SQL engine that reads the archive: DuckDB in this process, Trino or Athena.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"

namespace pgattic::engine {

/// A column of an answer. A plain value.
struct AnswerColumn {
  std::string name;
  std::string type;  ///< In the engine's own words, lower case: "bigint", "timestamp(6)".
};

/// A value as the engine writes it as text; nullopt: NULL.
using AnswerValue = std::optional<std::string>;

/// One statement. Parameters take the places of `?` in order, as values: never spliced into the
/// text. A plain value.
struct Query {
  std::string sql;
  std::vector<AnswerValue> parameters;
  /// The engine is stopped, or never started, where it would read more; nullopt: no limit.
  std::optional<std::int64_t> max_bytes;
};

/// What a finished statement cost. A plain value.
struct QueryCost {
  std::string query_id;                       ///< The engine's; "" where it has none.
  std::int64_t rows = 0;                      ///< Of the answer.
  std::optional<std::int64_t> bytes_scanned;  ///< nullopt where the engine does not say.
  std::chrono::milliseconds elapsed{0};
};

/// Takes an answer while it arrives. An error it returns ends the query, which is cancelled.
class AnswerSink {
 public:
  AnswerSink() = default;
  AnswerSink(const AnswerSink&) = delete;
  AnswerSink& operator=(const AnswerSink&) = delete;
  virtual ~AnswerSink() = default;

  /// Called once, before any row; also where the answer has none.
  virtual Status Columns(const std::vector<AnswerColumn>& columns) = 0;
  /// The values are valid during the call only.
  virtual Status Row(std::span<const AnswerValue> values) = 0;
  /// How far the engine is, in hundredths, as far as it says. Does nothing by default.
  virtual void Progress(double percent, std::int64_t bytes_scanned);
};

/// A SQL engine. Thread-safe: statements run beside each other.
class QueryEngine {
 public:
  QueryEngine() = default;
  QueryEngine(const QueryEngine&) = delete;
  QueryEngine& operator=(const QueryEngine&) = delete;
  virtual ~QueryEngine() = default;

  /// Returns "duckdb", "trino" or "athena". Never fails.
  virtual std::string_view name() const = 0;

  /// Runs one statement to its end. Blocks until the last row was taken, the deadline or the
  /// stop of `ctx`; then the statement is cancelled in the engine too. InvalidArgument: the
  /// statement is wrong; PermissionDenied; ResourceExhausted: memory, quota or `max_bytes`;
  /// Unavailable: the engine is down or throttles; DeadlineExceeded; Cancelled.
  virtual Result<QueryCost> Run(const OpContext& ctx, const Query& query, AnswerSink& sink) = 0;
};

inline void AnswerSink::Progress(double /*percent*/, std::int64_t /*bytes_scanned*/) {}

}  // namespace pgattic::engine
