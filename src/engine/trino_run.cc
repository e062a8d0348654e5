#include "engine/trino_run.h"

#include <algorithm>
#include <map>

#include "engine/byte_limit.h"

namespace pgattic::engine {
namespace {

using std::chrono::milliseconds;

// A query that is not wanted any more has to be gone soon, whatever became of its context.
constexpr milliseconds kCancelBudget{2000};
// The engine's own limit comes after ours, for a client that died.
constexpr milliseconds kRunTimeSlack{1000};

// Of the rows of a query whose bytes are limited. Trino's own pages are about as large.
constexpr std::size_t kMostHeldBytes = std::size_t{4} << 20;

/// RFC 3986, section 2.1: what is not unreserved, as X-Trino-Session wants its values.
std::string PercentEncoded(const std::string& text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  static constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string encoded;
  for (const char c : text) {
    if (kUnreserved.find(c) != kUnreserved.npos) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return encoded;
}

}  // namespace

Status TrinoRun::Run(const OpContext& ctx, const TrinoStatement& statement) {
  Status done = Follow(ctx, statement);
  if (done.ok()) return done;
  Cancel();
  const std::string& id = cost_.query_id;
  return std::move(done).While("running " + (id.empty() ? "a query" : "query " + id) + " in Trino");
}

Status TrinoRun::Follow(const OpContext& ctx, const TrinoStatement& statement) {
  PGATTIC_ASSIGN_OR_RETURN(TrinoPage page, Begin(ctx, statement));
  for (;;) {
    PGATTIC_RETURN_IF_ERROR(Take(std::move(page), statement.max_bytes));
    if (next_uri_.empty()) return Finish();
    PGATTIC_RETURN_IF_ERROR(ctx.Check());
    PGATTIC_ASSIGN_OR_RETURN(page, Page(ctx, Base("GET", next_uri_)));
  }
}

void TrinoRun::Cancel() {
  if (next_uri_.empty()) return;
  const http::Request request = Base("DELETE", next_uri_);
  const OpContext ctx = OpContext().WithDeadline(kCancelBudget);
  // Nothing is left to be done where it fails: the engine's own limits end the query.
  static_cast<void>(WithRetry(ctx, options_.retry, [&] { return Send(ctx, request); }));
}

http::Request TrinoRun::Base(const std::string& method, const std::string& url) const {
  http::Request request;
  request.method = method;
  request.url = url;
  request.headers = {{"X-Trino-User", options_.user}};
  request.bearer = options_.token;
  if (!options_.password.empty() && options_.token.empty()) {
    request.user = options_.user;
    request.password = options_.password;
  }
  return request;
}

std::string TrinoRun::SessionOf(const OpContext& ctx, const TrinoStatement& statement) const {
  std::map<std::string, std::string> session = options_.session;
  if (ctx.deadline() != std::chrono::steady_clock::time_point::max()) {
    const milliseconds left = ctx.Remaining(std::chrono::hours(24 * 100)) + kRunTimeSlack;
    session.try_emplace("query_max_run_time", std::to_string(left.count()) + "ms");
  }
  if (statement.max_bytes) {
    session["query_max_scan_physical_bytes"] = std::to_string(*statement.max_bytes) + "B";
  }
  std::string text;
  for (const auto& [name, value] : session) {
    text += (text.empty() ? "" : ",") + name + "=" + PercentEncoded(value);
  }
  return text;
}

Result<TrinoPage> TrinoRun::Begin(const OpContext& ctx, const TrinoStatement& statement) {
  http::Request request = Base("POST", origin_ + "/v1/statement");
  request.body = statement.sql;
  auto& headers = request.headers;
  headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
  headers.emplace_back("X-Trino-Source", "pgattic");
  headers.emplace_back("X-Trino-Time-Zone", "UTC");
  headers.emplace_back("X-Trino-Client-Capabilities", "PARAMETRIC_DATETIME");
  if (!options_.catalog.empty()) headers.emplace_back("X-Trino-Catalog", options_.catalog);
  if (!options_.schema.empty()) headers.emplace_back("X-Trino-Schema", options_.schema);
  const std::string session = SessionOf(ctx, statement);
  if (!session.empty()) headers.emplace_back("X-Trino-Session", session);
  if (!statement.prepared.empty()) {
    headers.emplace_back("X-Trino-Prepared-Statement",
                         std::string(kPreparedName) + "=" + PercentEncoded(statement.prepared));
  }
  return Page(ctx, request);
}

Result<http::Response> TrinoRun::Send(const OpContext& ctx, const http::Request& request) {
  PGATTIC_ASSIGN_OR_RETURN(http::Response response, client_.Send(ctx, request));
  if (response.status >= 200 && response.status < 300) return response;
  return FromTrinoHttp(response.status, origin_, response.body);
}

Result<TrinoPage> TrinoRun::Page(const OpContext& ctx, const http::Request& request) {
  Result<http::Response> response =
      WithRetry(ctx, options_.retry, [&] { return Send(ctx, request); });
  if (!response.ok()) {
    PGATTIC_RETURN_IF_ERROR(ctx.Check());
    return std::move(response).status();
  }
  return ParseTrinoPage(response->body);
}

Status TrinoRun::GoOnAt(const std::string& next_uri) {
  next_uri_ = next_uri;
  if (next_uri_.empty()) return Status::Ok();
  const Result<std::string> origin = http::OriginOf(next_uri_);
  if (origin.ok() && *origin == origin_) return Status::Ok();
  next_uri_.clear();
  return {Code::kFailedPrecondition,
          "Trino says to go on at another address than " + origin_ +
              ", where this client sends no credentials; behind a proxy set "
              "http-server.process-forwarded=true in Trino",
          {"trino", "nextUri"}};
}

Status TrinoRun::Take(TrinoPage page, std::optional<std::int64_t> max_bytes) {
  cost_.query_id = page.query_id;
  PGATTIC_RETURN_IF_ERROR(GoOnAt(page.next_uri));
  cost_.bytes_scanned = std::max(cost_.bytes_scanned.value_or(0), page.bytes_scanned);
  if (page.error) {
    next_uri_.clear();  // It has ended by itself.
    return FromTrino(*page.error, "trino");
  }
  // The engine itself looks at its limit once a second.
  PGATTIC_RETURN_IF_ERROR(CheckByteLimit(*cost_.bytes_scanned, max_bytes, "trino"));
  const double percent = page.percent;
  PGATTIC_RETURN_IF_ERROR(max_bytes ? Hold(std::move(page)) : Deliver(page));
  sink_.Progress(percent, *cost_.bytes_scanned);
  return Status::Ok();
}

// What was read for the rows of a page may be told with a later one only; the last one tells all.
Status TrinoRun::Hold(TrinoPage page) {
  if (page.columns) held_.columns = std::move(page.columns);
  for (std::vector<AnswerValue>& row : page.rows) {
    for (const AnswerValue& value : row) held_bytes_ += value ? value->size() : 1;
    held_.rows.push_back(std::move(row));
  }
  return held_bytes_ > kMostHeldBytes ? DeliverHeld() : Status::Ok();
}

Status TrinoRun::DeliverHeld() {
  held_bytes_ = 0;
  return Deliver(std::exchange(held_, {}));
}

Status TrinoRun::Deliver(const TrinoPage& page) {
  if (page.columns && !std::exchange(has_columns_, true)) {
    PGATTIC_RETURN_IF_ERROR(sink_.Columns(*page.columns));
  }
  for (const std::vector<AnswerValue>& row : page.rows) {
    PGATTIC_RETURN_IF_ERROR(sink_.Row(row));
    ++cost_.rows;
  }
  return Status::Ok();
}

Status TrinoRun::Finish() {
  PGATTIC_RETURN_IF_ERROR(DeliverHeld());
  if (std::exchange(has_columns_, true)) return Status::Ok();
  return sink_.Columns({});
}

}  // namespace pgattic::engine
