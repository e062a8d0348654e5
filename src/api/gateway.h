// Gateway: every request passes here: who may ask, how much at a time, who answers, what is told.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "api/archive_api.h"
#include "api/health.h"
#include "api/overview.h"
#include "api/route.h"
#include "api/step_log.h"
#include "api/tier_latency.h"
#include "api/tokens.h"
#include "http_server/message.h"
#include "lookup/breaker_board.h"
#include "metrics/http_probe.h"
#include "metrics/journal_probe.h"
#include "metrics/registry.h"
#include "metrics/vitals_probe.h"
#include "resilience/client_limiter.h"
#include "resilience/rate_limiter.h"

namespace pgattic::api {

struct GatewayOptions {
  std::chrono::milliseconds request_timeout{30'000};  ///< Of one answer.
  int most_requests = 64;  ///< Answered at a time; further ones get 503. Health is apart.
  double per_second = 0;   ///< Requests in the long run, 429 beyond; 0: no limit.
  /// The same of each client: of each token, or where none is needed of each address.
  double per_second_of_client = 0;
};

/// How a service is, apart from what its backends answer. A plain value.
struct Vitals {
  std::vector<lookup::BreakerReading> breakers;
  metrics::PoolUse sessions;     ///< With PostgreSQL.
  metrics::PoolUse connections;  ///< Of clients.
};

/// What it needs. References that outlive it.
struct GatewayParts {
  ArchiveApi& api;
  Health& health;
  Overview& overview;
  Tokens& tokens;
  metrics::Registry& registry;
  Clock& clock;
  StepLog* steps = nullptr;             ///< Null: how long steps took is not told.
  std::function<Vitals()> vitals = {};  ///< Empty: there are none to tell.
};

/// Thread-safe.
class Gateway final : public http_server::Service {
 public:
  /// `stop`: answers under way end early.
  Gateway(const GatewayParts& parts, const GatewayOptions& options, std::stop_token stop);

  std::optional<http_server::Response> Admit(http_server::Request& request) override;
  http_server::Response Answer(const http_server::Request& request) override;
  http_server::Response Refuse(const http_server::Request& request, int status,
                               const std::string& message) override;
  void Done(const http_server::Request& request, const http_server::Outcome& outcome) override;

  /// From now on /readyz says no.
  void Drain() { is_draining_ = true; }

 private:
  http_server::Response Dispatch(const OpContext& ctx, const Route& route,
                                 const http_server::Request& request);
  http_server::Response Healthz() const;
  http_server::Response Readyz(const OpContext& ctx, const http_server::Request& request);
  http_server::Response Metrics(const OpContext& ctx);
  http_server::Response AnswerOverview(const OpContext& ctx);
  std::atomic<int>& CounterOf(metrics::HttpRoute route);
  /// 503 or 429 where there are too many.
  std::optional<http_server::Response> Limit(const http_server::Request& request,
                                             const std::string& client, int others);
  http_server::Response Limited(const http_server::Request& request, int status,
                                std::chrono::milliseconds retry_after, const std::string& message);

  const GatewayParts parts_;
  const GatewayOptions options_;
  const std::stop_token stop_;
  std::optional<resilience::RateLimiter> rate_;
  std::optional<resilience::ClientLimiter> client_rate_;
  metrics::HttpProbe probe_;
  metrics::JournalProbe journal_probe_;
  metrics::VitalsProbe vitals_probe_;
  TierLatency latency_;
  std::atomic<int> under_way_{0};  ///< Of those that are limited.
  std::atomic<int> watching_{0};   ///< The others: they take no place from rows.
  std::atomic<bool> is_draining_{false};
};

}  // namespace pgattic::api
