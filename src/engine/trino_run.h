// TrinoRun: one statement by Trino's REST protocol, from its POST to its last page.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/query_engine.h"
#include "engine/trino_engine.h"
#include "engine/trino_page.h"
#include "http/client.h"

namespace pgattic::engine {

/// A statement as Trino takes it. A plain value.
struct TrinoStatement {
  std::string sql;
  /// SQL that `sql` calls by the name kPreparedName; "": none.
  std::string prepared;
  /// The first 4 MiB of rows, and so on, are handed on together then, or at the end: a short answer
  /// is not at all where the statement read more.
  std::optional<std::int64_t> max_bytes;
};
inline constexpr const char* kPreparedName = "pgattic";

/// Runs one statement, once. Not thread-safe. What is given to it outlives it. Source: Trino,
/// "Trino client REST API".
class TrinoRun {
 public:
  /// `origin` is that of options.url, without "/" at its end.
  TrinoRun(const TrinoOptions& options, const std::string& origin, http::Client& client,
           AnswerSink& sink)
      : options_(options), origin_(origin), client_(client), sink_(sink) {}

  /// Blocks until the last page. Errors: those of QueryEngine::Run. Where it fails, the statement
  /// is cancelled in the engine, at most for two seconds more.
  Status Run(const OpContext& ctx, const TrinoStatement& statement);

  /// What it cost; its id also where it failed.
  const QueryCost& cost() const { return cost_; }

 private:
  Status Follow(const OpContext& ctx, const TrinoStatement& statement);
  Result<TrinoPage> Begin(const OpContext& ctx, const TrinoStatement& statement);
  Result<TrinoPage> Page(const OpContext& ctx, const http::Request& request);
  Result<http::Response> Send(const OpContext& ctx, const http::Request& request);
  Status Take(TrinoPage page, std::optional<std::int64_t> max_bytes);
  Status Hold(TrinoPage page);
  Status Deliver(const TrinoPage& page);
  Status DeliverHeld();
  Status GoOnAt(const std::string& next_uri);
  Status Finish();
  void Cancel();
  http::Request Base(const std::string& method, const std::string& url) const;
  std::string SessionOf(const OpContext& ctx, const TrinoStatement& statement) const;

  const TrinoOptions& options_;
  const std::string& origin_;
  http::Client& client_;
  AnswerSink& sink_;
  std::string next_uri_;  ///< "": it has ended, or not begun.
  TrinoPage held_;        ///< Columns and rows that are not handed on yet.
  std::size_t held_bytes_ = 0;
  bool has_columns_ = false;
  QueryCost cost_;
};

}  // namespace pgattic::engine
