#include "api/gateway.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "api/connect.h"
#include "api/overview_json.h"
#include "api/page.h"
#include "api/rest.h"
#include "api/rest_json.h"
#include "base/log.h"

namespace pgattic::api {
namespace {

using http_server::Outcome;
using http_server::Request;
using http_server::Response;
using metrics::HttpRoute;

Route RouteOf(const Request& request) {
  Result<Route> route = ParseTarget(request.target);
  return route.ok() ? std::move(*route) : Route{};
}

/// What watches the service, or holds nothing of anybody's.
bool IsOpen(HttpRoute route) {
  return route == HttpRoute::kPage || route == HttpRoute::kHealthz || route == HttpRoute::kReadyz;
}

/// Counted against no limit: an overloaded service is still looked at.
bool IsWatching(HttpRoute route) {
  return route == HttpRoute::kHealthz || route == HttpRoute::kReadyz ||
         route == HttpRoute::kMetrics;
}

/// Another each time, in this process and the next. Nobody needs to be unable to guess it.
std::string NewRequestId() {
  static const std::string process = RandomHex(8);
  static std::atomic<std::uint64_t> number{0};
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx",
                static_cast<unsigned long long>(++number));  // NOLINT(google-runtime-int)
  return process + digits.data();
}

/// A client's own id is kept when it is harmless in headers and logs.
std::string RequestId(const std::string& given) {
  constexpr std::size_t kMost = 64;
  const bool is_good = !given.empty() && given.size() <= kMost &&
                       std::all_of(given.begin(), given.end(), [](char c) {
                         return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                                (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
                       });
  return is_good ? given : NewRequestId();
}

Response Finish(const Request& request, Response response) {
  response.headers.emplace_back("X-Request-Id", request.id);
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  bool has_cache_control = false;
  for (const auto& [name, value] : response.headers) {
    has_cache_control = has_cache_control || name == "Cache-Control";
  }
  if (!has_cache_control) response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

/// What could be taken for another field or line becomes '?'.
std::string ForLog(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c == '"' || c >= 0x7F; },
      '?');
  return text;
}

std::string CodeFor(int status) {
  return std::string(TraitsOf(status == 413 || status == 429 ? Code::kResourceExhausted
                              : status == 401                ? Code::kPermissionDenied
                              : status >= 500                ? Code::kUnavailable
                                                             : Code::kInvalidArgument)
                         .name);
}

}  // namespace

Gateway::Gateway(const GatewayParts& parts, const GatewayOptions& options, std::stop_token stop)
    : parts_(parts),
      options_(options),
      stop_(std::move(stop)),
      probe_(parts.registry),
      journal_probe_(parts.registry),
      vitals_probe_(parts.registry),
      latency_(parts.clock) {
  if (options.per_second_of_client > 0) {
    client_rate_.emplace(parts.clock, resilience::RateLimiterOptions{
                                          .per_second = options.per_second_of_client,
                                          .burst = std::max(1.0, options.per_second_of_client)});
  }
  if (options.per_second > 0) {
    rate_.emplace(parts.clock,
                  resilience::RateLimiterOptions{.per_second = options.per_second,
                                                 .burst = std::max(1.0, options.per_second)});
  }
}

Response Gateway::Refuse(const Request& request, int status, const std::string& message) {
  Response response;
  if (RouteOf(request).name == HttpRoute::kConnect) {
    response = ConnectRefusal(status, message);
  } else {
    response.status = status;
    response.body = ErrorJson(CodeFor(status), message) + "\n";
  }
  return Finish(request, std::move(response));
}

Response Gateway::Limited(const Request& request, int status, std::chrono::milliseconds retry_after,
                          const std::string& message) {
  probe_.Limited();
  Response response = Refuse(request, status, message);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(retry_after).count();
  response.headers.emplace_back("Retry-After", std::to_string(std::max<std::int64_t>(1, seconds)));
  return response;
}

std::optional<Response> Gateway::Admit(Request& request) {
  request.id = RequestId(request.Header("x-request-id"));
  const HttpRoute route = RouteOf(request).name;
  const int others = CounterOf(route).fetch_add(1);
  probe_.Began();
  const std::optional<std::string> holder = parts_.tokens.HolderOf(request.Header("authorization"));
  if (!IsOpen(route) && !holder) {
    Response response = Refuse(request, 401, "send Authorization: Bearer TOKEN with a known token");
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
  }
  if (IsWatching(route)) return std::nullopt;
  return Limit(request, holder.value_or("").empty() ? request.peer : *holder, others);
}

std::atomic<int>& Gateway::CounterOf(HttpRoute route) {
  return IsWatching(route) ? watching_ : under_way_;
}

std::optional<Response> Gateway::Limit(const Request& request, const std::string& client,
                                       int others) {
  if (others >= options_.most_requests) {
    return Limited(request, 503, std::chrono::seconds(1), "too many requests at a time; try again");
  }
  // Before the common limit: what one client may not ask costs the others nothing.
  if (client_rate_) {
    if (const auto wait = client_rate_->Refused(client)) {
      return Limited(request, 429, *wait, "too many requests a second of yours; try again");
    }
  }
  if (rate_ && !rate_->TryTake()) {
    return Limited(request, 429, rate_->TimeUntil(), "too many requests a second; try again");
  }
  return std::nullopt;
}

Response Gateway::Answer(const Request& request) {
  const OpContext ctx = OpContext(parts_.clock, stop_).WithDeadline(options_.request_timeout);
  const Result<Route> route = ParseTarget(request.target);
  if (!route.ok()) return Finish(request, RestError(route.status()));
  const auto began = parts_.clock.SteadyNow();
  Response response = Dispatch(ctx, *route, request);
  const auto took = parts_.clock.SteadyNow() - began;
  for (const auto& [name, value] : response.headers) {
    if (name != "X-Pgattic-Source") continue;
    latency_.Record(value, std::chrono::duration_cast<std::chrono::microseconds>(took));
  }
  return Finish(request, std::move(response));
}

Response Gateway::Dispatch(const OpContext& ctx, const Route& route, const Request& request) {
  switch (route.name) {
    case HttpRoute::kConnect:
      return AnswerConnect(ctx, parts_.api, route, request);
    case HttpRoute::kGame:
    case HttpRoute::kGames:
    case HttpRoute::kRow:
    case HttpRoute::kArchives:
      return AnswerRest(ctx, parts_.api, route, request);
    case HttpRoute::kHealthz:
      return Healthz();
    case HttpRoute::kReadyz:
      return Readyz(ctx, request);
    case HttpRoute::kMetrics:
      return Metrics(ctx);
    case HttpRoute::kPage:
      return AnswerPage(route.arguments.at(0));
    case HttpRoute::kOverview:
      return AnswerOverview(ctx);
    case HttpRoute::kUnknown:
      break;
  }
  return RestError({Code::kNotFound, "there is nothing under this path; the README lists them"});
}

Response Gateway::Healthz() const {
  Response response;
  response.body = "{\"status\":\"alive\"}\n";
  return response;
}

Response Gateway::Readyz(const OpContext& ctx, const Request& request) {
  // Messages may name hosts, keys and roles: for those who may read rows.
  const bool may_see_all = parts_.tokens.Allows(request.Header("authorization"));
  bool is_ready = !is_draining_;
  nlohmann::ordered_json backends = nlohmann::ordered_json::array();
  for (const Finding& finding : parts_.health.Look(ctx)) {
    is_ready = is_ready && finding.ok;
    nlohmann::ordered_json backend = {
        {"backend", finding.backend}, {"ok", finding.ok}, {"took_ms", finding.took.count()}};
    if (may_see_all) backend["source"] = finding.source;
    if (may_see_all) backend["message"] = finding.message;
    backends.push_back(std::move(backend));
  }
  Response response;
  response.status = is_ready ? 200 : 503;
  nlohmann::ordered_json breakers = nlohmann::ordered_json::object();
  for (const lookup::BreakerReading& reading :
       parts_.vitals ? parts_.vitals().breakers : std::vector<lookup::BreakerReading>()) {
    breakers[std::string(metrics::Label(reading.backend).value())] = lookup::NameOf(reading.state);
  }
  const nlohmann::ordered_json body = {{"ready", is_ready},
                                       {"draining", is_draining_.load()},
                                       {"backends", backends},
                                       {"breakers", breakers}};
  response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  return response;
}

Response Gateway::AnswerOverview(const OpContext& ctx) {
  const Result<std::shared_ptr<const Picture>> picture = parts_.overview.Look(ctx);
  if (!picture.ok()) return RestError(picture.status());
  std::vector<std::string> sources;
  for (const ApiSource& source : parts_.api.sources()) sources.push_back(source.name);
  Response response;
  response.body = ToJson(**picture, sources, parts_.health.Look(ctx), latency_.Quantiles()) + "\n";
  return response;
}

Response Gateway::Metrics(const OpContext& ctx) {
  // What cannot be read in time is told as such; the rest of the metrics does not wait.
  const OpContext limited = ctx.WithDeadline(std::chrono::seconds(3));
  const Result<std::shared_ptr<const Picture>> picture = parts_.overview.Look(limited);
  journal_probe_.WasRead(picture.ok());
  if (picture.ok()) Tell(**picture, journal_probe_);
  if (picture.ok() && parts_.steps != nullptr) {
    const Status told = parts_.steps->Tell(limited, journal_probe_);
    if (!told.ok()) log::Write(log::Level::kWarn, "step-log", {{"error", told.ToString()}});
  }
  if (parts_.vitals) {
    const Vitals vitals = parts_.vitals();
    vitals_probe_.Uses(metrics::PoolKind::kSessions, vitals.sessions);
    vitals_probe_.Uses(metrics::PoolKind::kConnections, vitals.connections);
  }
  vitals_probe_.Uses(metrics::PoolKind::kRequests,
                     {.busy = under_way_ + watching_, .limit = options_.most_requests});
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = parts_.registry.Expose();
  return response;
}

void Gateway::Done(const Request& request, const Outcome& outcome) {
  const HttpRoute route = RouteOf(request).name;
  CounterOf(route).fetch_sub(1);
  const double seconds = std::chrono::duration<double>(outcome.took).count();
  probe_.Answered(route, outcome.status, outcome.bytes, seconds);
  log::Write(log::Level::kInfo, "request",
             {{"id", request.id},
              {"peer", request.peer},
              {"method", request.method},
              {"target", ForLog(request.target)},
              {"status", std::to_string(outcome.status)},
              {"bytes", std::to_string(outcome.bytes)},
              {"ms", std::to_string(outcome.took.count() / 1000)}});
}

}  // namespace pgattic::api
