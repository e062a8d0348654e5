// Gateway: every request passes here: who may ask, how much at a time, who answers, what is told.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "api/archive_api.h"
#include "api/health.h"
#include "api/route.h"
#include "api/tokens.h"
#include "http_server/message.h"
#include "metrics/http_probe.h"
#include "metrics/registry.h"
#include "resilience/rate_limiter.h"

namespace pgattic::api {

struct GatewayOptions {
  std::chrono::milliseconds request_timeout{30'000};  ///< Of one answer.
  int most_requests = 64;  ///< Answered at a time; further ones get 503. Health is apart.
  double per_second = 0;   ///< Requests in the long run, 429 beyond; 0: no limit.
};

/// What it needs. References that outlive it.
struct GatewayParts {
  ArchiveApi& api;
  Health& health;
  Tokens& tokens;
  metrics::Registry& registry;
  Clock& clock;
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
  http_server::Response Metrics();
  http_server::Response Limited(const http_server::Request& request, int status,
                                std::chrono::milliseconds retry_after, const std::string& message);

  const GatewayParts parts_;
  const GatewayOptions options_;
  const std::stop_token stop_;
  std::optional<resilience::RateLimiter> rate_;
  metrics::HttpProbe probe_;
  std::atomic<int> under_way_{0};
  std::atomic<bool> is_draining_{false};
};

}  // namespace pgattic::api
