// What stands behind Connection and QueryResult. Internal to pg: libpq's types do not appear in
// public headers.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "pg/connection.h"
#include "pg/wire.h"

namespace pgattic::pg {

struct QueryResult::Impl {
  explicit Impl(ResultPtr taken) : result(std::move(taken)) {}
  ResultPtr result;
};

/// A session and the statements that are prepared in it.
struct Connection::Impl {
  explicit Impl(PGconn* raw) : conn(raw, &PQfinish) {}
  PGconn* get() const { return conn.get(); }
  /// Returns the name of the prepared statement, which is prepared if it was not yet. Blocks.
  Result<std::string> Keep(const OpContext& ctx, const std::string& sql);
  /// Has a statement that failed prepared anew next time, where that is why.
  void Forget(const OpContext& ctx, const std::string& sql, const Error& why);
  /// Sends a statement that is prepared. Does not block.
  bool Send(const std::string& name, const Params& params) const;
  bool SendAll(const std::vector<std::string>& names,
               const std::vector<KeptStatement>& statements) const;
  /// Runs prepared statements together. Returns why not all of them have a result. Blocks.
  Status Pipeline(const OpContext& ctx, const std::vector<KeptStatement>& statements,
                  std::vector<Result<QueryResult>>& results);

  std::unique_ptr<PGconn, decltype(&PQfinish)> conn;
  std::unordered_map<std::string, std::string> kept;  ///< Statements that are prepared: names.
};

/// What libpq takes; valid as long as `params`.
std::vector<const char*> Pointers(const Params& params);

inline QueryResult Wrapped(ResultPtr result) {
  return QueryResult(std::make_shared<const QueryResult::Impl>(std::move(result)));
}

}  // namespace pgattic::pg
