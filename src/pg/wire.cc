#include "pg/wire.h"

#include <poll.h>

#include <cerrno>
#include <chrono>
#include <future>
#include <system_error>
#include <thread>
#include <utility>

#include "pg/sqlstate.h"

namespace pgattic::pg {
namespace {

constexpr std::chrono::milliseconds kPollTick{100};
constexpr std::chrono::milliseconds kCancelPatience{500};  ///< A caller's deadline is over.

/// Asks the server to end what runs. libpq 15 knows no such call that does not block: where the
/// server does not answer in time, a thread of its own waits on, until that connection ends.
bool Cancel(PGconn* conn) {
  const std::shared_ptr<PGcancel> cancel(PQgetCancel(conn), &PQfreeCancel);
  if (!cancel) return false;
  std::promise<void> answered;
  const std::future<void> answer = answered.get_future();
  try {
    std::thread([cancel, answered = std::move(answered)]() mutable {
      char error[256];
      PQcancel(cancel.get(), error, sizeof error);
      answered.set_value();
    }).detach();
  } catch (const std::system_error&) {
    return false;  // The system gives no more threads.
  }
  return answer.wait_for(kCancelPatience) == std::future_status::ready;
}

/// Takes what a COPY TO STDOUT still sends, until its end.
Status DrainCopy(const OpContext& ctx, PGconn* conn) {
  while (true) {
    char* buffer = nullptr;
    const int length = PQgetCopyData(conn, &buffer, 1);
    PQfreemem(buffer);
    if (length < 0) return Status::Ok();
    if (length > 0) continue;
    PGATTIC_RETURN_IF_ERROR(WaitFor(ctx, conn, false));
    if (PQconsumeInput(conn) == 0) return LostConnection(conn);
  }
}

}  // namespace

std::string Trimmed(const char* text) {
  std::string out = text == nullptr ? "" : text;
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
  return out;
}

Status LostConnection(PGconn* conn) {
  return {Code::kUnavailable,
          "the connection to PostgreSQL was lost: " + Trimmed(PQerrorMessage(conn)) +
              "; nothing that was not committed remains; run the command again",
          {"postgresql", "08006"}};
}

Status ErrorOf(PGconn* conn, const PGresult* result) {
  const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  if (sqlstate == nullptr || PQstatus(conn) == CONNECTION_BAD) return LostConnection(conn);
  std::string message = Trimmed(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
  for (const int field : {+PG_DIAG_MESSAGE_DETAIL, +PG_DIAG_MESSAGE_HINT}) {
    const std::string more = Trimmed(PQresultErrorField(result, field));
    if (!more.empty()) message += "; " + more;
  }
  return {CodeOfSqlState(sqlstate), "PostgreSQL: " + message, {"postgresql", sqlstate}};
}

Status WaitFor(const OpContext& ctx, PGconn* conn, bool writing) {
  while (true) {
    PGATTIC_RETURN_IF_ERROR(ctx.Check());
    pollfd fd{PQsocket(conn), static_cast<short>(writing ? POLLIN | POLLOUT : POLLIN), 0};
    const int ready = poll(&fd, 1, static_cast<int>(ctx.Remaining(kPollTick).count()));
    if (ready > 0) return Status::Ok();
    if (ready < 0 && errno != EINTR) return LostConnection(conn);
  }
}

Status Flush(const OpContext& ctx, PGconn* conn) {
  while (true) {
    const int left = PQflush(conn);
    if (left == 0) return Status::Ok();
    if (left < 0) return LostConnection(conn);
    PGATTIC_RETURN_IF_ERROR(WaitFor(ctx, conn, true));
    if (PQconsumeInput(conn) == 0) return LostConnection(conn);
  }
}

Result<ResultPtr> NextResult(const OpContext& ctx, PGconn* conn) {
  PGATTIC_RETURN_IF_ERROR(Flush(ctx, conn));
  while (PQisBusy(conn) != 0) {
    PGATTIC_RETURN_IF_ERROR(WaitFor(ctx, conn, false));
    if (PQconsumeInput(conn) == 0) return LostConnection(conn);
  }
  return ResultPtr(PQgetResult(conn), &PQclear);
}

Result<ResultPtr> ReadResults(const OpContext& ctx, PGconn* conn, bool& is_cut_short) {
  ResultPtr last(nullptr, &PQclear);
  Status failure;
  while (true) {
    Result<ResultPtr> result = NextResult(ctx, conn);
    is_cut_short = !result.ok();
    if (is_cut_short) return std::move(result).status();
    if (!*result) break;
    const ExecStatusType status = PQresultStatus(result->get());
    if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
      if (failure.ok()) failure = ErrorOf(conn, result->get());
    }
    last = std::move(*result);
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT) break;
  }
  if (!failure.ok()) return failure;
  if (!last) return LostConnection(conn);
  return last;
}

Result<ResultPtr> Collect(const OpContext& ctx, PGconn* conn) {
  bool is_cut_short = false;
  Result<ResultPtr> result = ReadResults(ctx, conn, is_cut_short);
  if (is_cut_short && PQstatus(conn) != CONNECTION_BAD) CancelAndDrain(conn);
  return result;
}

void CancelAndDrain(PGconn* conn) {
  if (!Cancel(conn)) return;
  const OpContext patience = OpContext().WithDeadline(kCancelPatience);
  while (true) {
    Result<ResultPtr> result = NextResult(patience, conn);
    if (!result.ok() || !*result) return;
    const ExecStatusType status = PQresultStatus(result->get());
    if (status == PGRES_COPY_IN) PQputCopyEnd(conn, "cancelled by pgattic");
    if (status == PGRES_COPY_OUT && !DrainCopy(patience, conn).ok()) return;
  }
}

void CancelAndDrainPipeline(PGconn* conn, std::size_t statements) {
  const OpContext patience = OpContext().WithDeadline(kCancelPatience);
  for (; statements > 0; --statements) {
    if (!Cancel(conn)) return;
    bool is_over = false;
    for (int ends = 0; !is_over && ends < 2;) {
      Result<ResultPtr> result = NextResult(patience, conn);
      if (!result.ok()) return;
      ends = *result ? 0 : ends + 1;  // Two without a result between: there is nothing left.
      is_over = *result && PQresultStatus(result->get()) == PGRES_PIPELINE_SYNC;
    }
  }
}

}  // namespace pgattic::pg
