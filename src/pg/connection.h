// Connection: a thin layer over libpq with deadlines, typed errors and pinned settings.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/op_context.h"
#include "base/result.h"

namespace pgattic::pg {

/// One parameter as PostgreSQL's text; nullopt is NULL.
using Param = std::optional<std::string>;
using Params = std::vector<Param>;

/// Rows of one statement, as text. Immutable, movable. Indexes must be in range.
class QueryResult {
 public:
  struct Impl;
  explicit QueryResult(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

  int rows() const;
  bool empty() const { return rows() == 0; }
  bool IsNull(int row, int column) const;
  /// "" for NULL.
  std::string Text(int row, int column) const;
  /// nullopt for NULL.
  std::optional<std::string> Optional(int row, int column) const;
  /// The values of `count` columns from `first` on.
  std::vector<std::optional<std::string>> Values(int row, int first, std::size_t count) const;
  /// REQUIRES: a column of an integer type, not NULL.
  std::int64_t Int(int row, int column) const;
  /// REQUIRES: a column of type boolean; NULL is false.
  bool Bool(int row, int column) const;
  /// Rows inserted, updated or deleted.
  std::int64_t affected() const;
  /// The command tag: "COMMIT", "UPDATE 3".
  std::string command() const;

 private:
  std::shared_ptr<const Impl> impl_;
};

/// A statement that is run often, and the values it is run with. A plain value.
struct KeptStatement {
  std::string sql;
  Params params;
};

/// How to reach the server.
struct ConnectOptions {
  std::string conninfo;  ///< libpq URL or keywords; PG* variables fill the gaps.
  std::string application_name = "pgattic";
};

/// One session. Not thread-safe. Every call blocks, at most until the context ends; a call
/// that is cut short cancels the statement in the server.
///
/// Every session pins what PostgreSQL's text depends on, as pg_dump does: ISO dates,
/// postgres intervals, extra_float_digits 3, hex bytea, UTC, empty search_path, UTF8,
/// lc_monetary C. It sets row_security = off, so that a hidden row is an error and not a
/// missing row, no time-outs of its own, and synchronous_commit at least on.
///
/// Errors: the code of sqlstate.h with Origin {"postgresql", SQLSTATE}; Unavailable when the
/// connection is lost.
class Connection {
 public:
  /// Connects and pins the settings.
  static Result<std::unique_ptr<Connection>> Open(const OpContext& ctx,
                                                  const ConnectOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Runs one statement with $1, $2 … bound to `params`.
  Result<QueryResult> Exec(const OpContext& ctx, const std::string& sql, const Params& params = {});
  /// The same for one that is run often: it is parsed once a session, and planned once where the
  /// server finds that good enough. Where the server has forgotten it (behind a pooler, or after
  /// its tables changed) it is run as by Exec. REQUIRES: few different texts, none made of values.
  Result<QueryResult> ExecKept(const OpContext& ctx, const KeptStatement& statement);
  /// Runs several such statements within one round trip: in their order, each a transaction of its
  /// own whose snapshot is no older than the end of the one before, each with a result of its own.
  /// One that fails ends none of the others, and is not run again: ExecKept does that, where the
  /// server has only forgotten it. REQUIRES: not in a transaction; statements that read.
  std::vector<Result<QueryResult>> ExecKeptTogether(const OpContext& ctx,
                                                    const std::vector<KeptStatement>& statements);
  /// Runs several statements without parameters, as one implicit transaction.
  Status ExecScript(const OpContext& ctx, const std::string& sql);
  /// Runs COPY … TO STDOUT; hands over the data as it comes, cut at rows. An error of
  /// `on_data` cancels the statement and is returned.
  Status CopyOut(const OpContext& ctx, const std::string& sql,
                 const std::function<Status(ByteView)>& on_data);
  /// Runs COPY … FROM STDIN; `produce` hands the data over piece by piece and returns at its end.
  /// An error of it cancels the statement and is returned; an error that the hand-over returns
  /// has to be passed on.
  using CopySink = std::function<Status(std::string_view)>;
  Status CopyInFrom(const OpContext& ctx, const std::string& sql,
                    const std::function<Status(const CopySink&)>& produce);
  /// The same; `next` gives the data piece by piece, nullopt at its end.
  Status CopyIn(const OpContext& ctx, const std::string& sql,
                const std::function<Result<std::optional<std::string>>()>& next);

  /// Returns 150018 for 15.18.
  int server_version() const;
  /// True within a transaction that has not failed.
  bool in_transaction() const;
  /// True outside any transaction, when nothing runs.
  bool is_idle() const;
  /// False after the connection was lost; every further call fails.
  bool usable() const;
  /// False when the server has said something on the idle connection meanwhile, such as that it
  /// ends it. Does not block.
  bool StillOpen() const;

  struct Impl;

 private:
  explicit Connection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// One transaction. Move-only by pointer, not thread-safe. Ends by Commit(); the destructor
/// rolls back. The connection must outlive it, and belongs to it until it ends.
class Transaction {
 public:
  /// BEGIN ISOLATION LEVEL READ COMMITTED, whatever the session's default is.
  static Result<std::unique_ptr<Transaction>> Begin(const OpContext& ctx, Connection& connection);
  /// One snapshot for all its statements, and no writing.
  static Result<std::unique_ptr<Transaction>> BeginRepeatableRead(const OpContext& ctx,
                                                                  Connection& connection);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  Connection& connection() { return connection_; }
  /// Makes it durable. InDoubt when the reply was lost: read the journal row again. An error
  /// of the server means that it was rolled back.
  Status Commit(const OpContext& ctx);
  /// Rolls back now rather than at destruction.
  void Rollback();

 private:
  explicit Transaction(Connection& connection) : connection_(connection) {}
  static Result<std::unique_ptr<Transaction>> BeginWith(const OpContext& ctx,
                                                        Connection& connection,
                                                        const std::string& sql);
  Connection& connection_;
  bool open_ = false;
};

}  // namespace pgattic::pg
