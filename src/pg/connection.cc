#include "pg/connection.h"

#include <libpq-fe.h>
#include <poll.h>

#include <charconv>
#include <chrono>
#include <utility>

#include "base/log.h"
#include "pg/session.h"
#include "pg/wire.h"

namespace pgattic::pg {

namespace {

constexpr std::chrono::milliseconds kPollTick{100};

constexpr const char* kPinnedSettings =
    "SET DateStyle = ISO; SET IntervalStyle = postgres; SET extra_float_digits = 3;"
    "SET bytea_output = hex; SET TimeZone = 'UTC'; SET search_path = '';"
    "SET client_encoding = 'UTF8'; SET lc_monetary = 'C'; SET row_security = off; SET xmloption = "
    "content;"
    "SET standard_conforming_strings = on; SET quote_all_identifiers = off;"
    "SET statement_timeout = 0; SET lock_timeout = 0; SET jit = off;"
    "SET idle_in_transaction_session_timeout = 0; SET idle_session_timeout = 0;"
    "SET synchronize_seqscans = off; SET client_min_messages = warning;"
    "SET default_tablespace = ''; SET default_table_access_method = heap;"
    // An effect outside PostgreSQL may follow any commit: it has to be durable first.
    "SELECT set_config('synchronous_commit', 'on', false) WHERE "
    "current_setting('synchronous_commit') IN ('off', 'local')";

void LogNotice(void* /*arg*/, const char* message) {
  log::Write(log::Level::kInfo, "postgresql-notice", {{"message", Trimmed(message)}});
}

/// Returns libpq's message without what may be secret in it: the connection string, which
/// libpq takes for a database's name when it does not know its scheme, and the password.
std::string Masked(std::string message, const std::string& conninfo, PGconn* conn) {
  const char* password = PQpass(conn);
  for (const std::string& secret : {conninfo, std::string(password == nullptr ? "" : password)}) {
    for (std::size_t at = 0; !secret.empty() && (at = message.find(secret, at)) != message.npos;) {
      message.replace(at, secret.size(), "***");
    }
  }
  return message;
}

Status Connect(const OpContext& ctx, PGconn* conn, const std::string& conninfo) {
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (PQstatus(conn) != CONNECTION_BAD && state != PGRES_POLLING_OK &&
         state != PGRES_POLLING_FAILED) {
    PGATTIC_RETURN_IF_ERROR(ctx.Check());
    pollfd fd{PQsocket(conn), static_cast<short>(state == PGRES_POLLING_READING ? POLLIN : POLLOUT),
              0};
    if (poll(&fd, 1, static_cast<int>(ctx.Remaining(kPollTick).count())) > 0) {
      state = PQconnectPoll(conn);
    }
  }
  if (state == PGRES_POLLING_OK) return Status::Ok();
  const std::string message = Masked(Trimmed(PQerrorMessage(conn)), conninfo, conn);
  const bool refused = message.find("password") != message.npos ||
                       message.find("authentication") != message.npos ||
                       message.find("role \"") != message.npos;
  const bool missing = message.find("database \"") != message.npos;
  return {
      refused   ? Code::kPermissionDenied
      : missing ? Code::kFailedPrecondition
                : Code::kUnavailable,
      "cannot connect to PostgreSQL: " + message + "; nothing was changed; check [database] url",
      {"postgresql", "08001"}};
}

}  // namespace

int QueryResult::rows() const { return PQntuples(impl_->result.get()); }

bool QueryResult::IsNull(int row, int column) const {
  return PQgetisnull(impl_->result.get(), row, column) != 0;
}

std::string QueryResult::Text(int row, int column) const {
  const PGresult* result = impl_->result.get();
  return {PQgetvalue(result, row, column),
          static_cast<std::size_t>(PQgetlength(result, row, column))};
}

std::optional<std::string> QueryResult::Optional(int row, int column) const {
  if (IsNull(row, column)) return std::nullopt;
  return Text(row, column);
}

std::vector<std::optional<std::string>> QueryResult::Values(int row, int first,
                                                            std::size_t count) const {
  std::vector<std::optional<std::string>> values;
  values.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    values.push_back(Optional(row, first + static_cast<int>(i)));
  }
  return values;
}

std::int64_t QueryResult::Int(int row, int column) const {
  const std::string text = Text(row, column);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  PGATTIC_CHECK(error == std::errc() && end == text.data() + text.size(), text);
  return value;
}

bool QueryResult::Bool(int row, int column) const { return Text(row, column) == "t"; }

std::int64_t QueryResult::affected() const {
  const std::string_view text = PQcmdTuples(impl_->result.get());
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string QueryResult::command() const { return PQcmdStatus(impl_->result.get()); }

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::~Connection() = default;

Result<std::unique_ptr<Connection>> Connection::Open(const OpContext& ctx,
                                                     const ConnectOptions& options) {
  const char* keywords[] = {"dbname", "fallback_application_name", nullptr};
  const char* values[] = {options.conninfo.c_str(), options.application_name.c_str(), nullptr};
  auto impl = std::make_unique<Impl>(PQconnectStartParams(keywords, values, 1));
  PGATTIC_CHECK(impl->get() != nullptr, "libpq is out of memory");
  PGATTIC_RETURN_IF_ERROR(Connect(ctx, impl->get(), options.conninfo));
  PQsetnonblocking(impl->get(), 1);
  PQsetNoticeProcessor(impl->get(), &LogNotice, nullptr);
  std::unique_ptr<Connection> connection(new Connection(std::move(impl)));  // NOLINT
  PGATTIC_RETURN_IF_ERROR(connection->ExecScript(ctx, kPinnedSettings));
  if (connection->server_version() < 140000) {
    return {Code::kUnsupported, "PostgreSQL 14 or newer is needed; this server is " +
                                    std::to_string(connection->server_version() / 10000)};
  }
  if (connection->server_version() >= 170000) {
    PGATTIC_RETURN_IF_ERROR(connection->ExecScript(ctx, "SET transaction_timeout = 0"));
  }
  return connection;
}

Result<QueryResult> Connection::Exec(const OpContext& ctx, const std::string& sql,
                                     const Params& params) {
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  const std::vector<const char*> values = Pointers(params);
  if (PQsendQueryParams(impl_->get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                        values.data(), nullptr, nullptr, 0) == 0) {
    return LostConnection(impl_->get());
  }
  PGATTIC_ASSIGN_OR_RETURN(ResultPtr result, Collect(ctx, impl_->get()));
  return Wrapped(std::move(result));
}

Status Connection::ExecScript(const OpContext& ctx, const std::string& sql) {
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  if (PQsendQuery(impl_->get(), sql.c_str()) == 0) return LostConnection(impl_->get());
  return Collect(ctx, impl_->get()).status();
}

Status Connection::CopyOut(const OpContext& ctx, const std::string& sql,
                           const std::function<Status(ByteView)>& on_data) {
  PGconn* conn = impl_->get();
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  if (PQsendQuery(conn, sql.c_str()) == 0) return LostConnection(conn);
  PGATTIC_ASSIGN_OR_RETURN(const ResultPtr started, Collect(ctx, conn));
  PGATTIC_CHECK(PQresultStatus(started.get()) == PGRES_COPY_OUT, "not a COPY TO STDOUT");
  while (true) {
    char* raw = nullptr;
    const int length = PQgetCopyData(conn, &raw, 1);
    const std::unique_ptr<char, decltype(&PQfreemem)> buffer(raw, &PQfreemem);
    if (length == -1) return Collect(ctx, conn).status();
    if (length == -2) return LostConnection(conn);
    Status status;
    if (length > 0) {
      status = on_data(AsBytes({buffer.get(), static_cast<std::size_t>(length)}));
    } else {
      status = WaitFor(ctx, conn, false);
      if (status.ok() && PQconsumeInput(conn) == 0) return LostConnection(conn);
    }
    if (!status.ok()) {
      CancelAndDrain(conn);
      return status;
    }
  }
}

Status Connection::CopyInFrom(const OpContext& ctx, const std::string& sql,
                              const std::function<Status(const CopySink&)>& produce) {
  PGconn* conn = impl_->get();
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  if (PQsendQuery(conn, sql.c_str()) == 0) return LostConnection(conn);
  PGATTIC_ASSIGN_OR_RETURN(const ResultPtr started, Collect(ctx, conn));
  PGATTIC_CHECK(PQresultStatus(started.get()) == PGRES_COPY_IN, "not a COPY FROM STDIN");
  Status failure = produce([&](std::string_view data) -> Status {
    if (PQputCopyData(conn, data.data(), static_cast<int>(data.size())) < 0) {
      return LostConnection(conn);
    }
    return Flush(ctx, conn);
  });
  if (!usable()) return failure.ok() ? LostConnection(conn) : std::move(failure);
  PQputCopyEnd(conn, failure.ok() ? nullptr : "cancelled by pgattic");
  Status ended = Collect(ctx, conn).status();
  return failure.ok() ? std::move(ended) : std::move(failure);
}

Status Connection::CopyIn(const OpContext& ctx, const std::string& sql,
                          const std::function<Result<std::optional<std::string>>()>& next) {
  return CopyInFrom(ctx, sql, [&](const CopySink& sink) -> Status {
    while (true) {
      PGATTIC_ASSIGN_OR_RETURN(const std::optional<std::string> piece, next());
      if (!piece) return Status::Ok();
      PGATTIC_RETURN_IF_ERROR(sink(*piece));
    }
  });
}

int Connection::server_version() const { return PQserverVersion(impl_->get()); }

bool Connection::in_transaction() const {
  return PQtransactionStatus(impl_->get()) == PQTRANS_INTRANS;
}

bool Connection::is_idle() const { return PQtransactionStatus(impl_->get()) == PQTRANS_IDLE; }

bool Connection::StillOpen() const {
  // What a server says unasked is hardly ever anything but its farewell.
  pollfd fd{PQsocket(impl_->get()), POLLIN, 0};
  return usable() && poll(&fd, 1, 0) == 0;
}

bool Connection::usable() const { return PQstatus(impl_->get()) == CONNECTION_OK; }

}  // namespace pgattic::pg
