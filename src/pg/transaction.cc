#include "base/log.h"
#include "pg/connection.h"

namespace pgattic::pg {

Result<std::unique_ptr<Transaction>> Transaction::BeginWith(const OpContext& ctx,
                                                            Connection& connection,
                                                            const std::string& sql) {
  std::unique_ptr<Transaction> transaction(new Transaction(connection));  // NOLINT
  PGATTIC_RETURN_IF_ERROR(connection.Exec(ctx, sql).status());
  transaction->open_ = true;
  return transaction;
}

Result<std::unique_ptr<Transaction>> Transaction::Begin(const OpContext& ctx,
                                                        Connection& connection) {
  return BeginWith(ctx, connection, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
}

Result<std::unique_ptr<Transaction>> Transaction::BeginRepeatableRead(const OpContext& ctx,
                                                                      Connection& connection) {
  return BeginWith(ctx, connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

Transaction::~Transaction() { Rollback(); }

void Transaction::Rollback() {
  if (!open_) return;
  open_ = false;
  if (!connection_.usable()) return;
  // The caller's context may have ended; rolling back must not depend on it.
  const OpContext ctx = OpContext().WithDeadline(std::chrono::seconds(10));
  if (Status status = connection_.Exec(ctx, "ROLLBACK").status(); !status.ok()) {
    log::Write(log::Level::kWarn, "rollback-failed", {{"error", status.ToString()}});
  }
}

Status Transaction::Commit(const OpContext& ctx) {
  Result<QueryResult> committed = connection_.Exec(ctx, "COMMIT");
  if (!committed.ok() && connection_.usable() && connection_.in_transaction()) {
    Rollback();  // COMMIT was not sent: the context had ended.
    return std::move(committed).status();
  }
  open_ = false;
  if (committed.ok() && committed->command() == "COMMIT") return Status::Ok();
  if (committed.ok()) {
    return {Code::kInternal, "COMMIT of a failed transaction rolled it back"};
  }
  if (connection_.usable() && committed.error().origin.system == "postgresql") {
    return std::move(committed).status();
  }
  return {Code::kInDoubt,
          "the reply to COMMIT was lost (" + committed.error().message +
              "); the next run reads the journal and goes on from what is there",
          committed.error().origin};
}

}  // namespace pgattic::pg
