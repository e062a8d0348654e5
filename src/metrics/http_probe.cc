#include "metrics/http_probe.h"

#include <algorithm>

namespace pgattic::metrics {

HttpProbe::HttpProbe(Registry& registry)
    : requests_(registry, {"pgattic_http_requests_total", "Requests to the service."}, {}),
      seconds_(registry, {"pgattic_http_request_duration_seconds", "Time from head to last byte."},
               {}, RequestSeconds()),
      bytes_(registry.AddCounter(
          {"pgattic_http_response_bytes_total", "Bytes of bodies, as they were sent."}, {})),
      limited_(registry.AddCounter(
          {"pgattic_http_limited_total", "Requests refused because there were too many."}, {})),
      under_way_(registry.AddGauge(
          {"pgattic_http_requests_under_way", "Requests being answered now."}, {})) {}

void HttpProbe::Began() { under_way_.Add(1); }

void HttpProbe::Answered(HttpRoute route, int status, std::int64_t body_bytes, double seconds) {
  under_way_.Add(-1);
  const int first = std::clamp(status / 100, 1, 5);
  requests_.At(route, static_cast<HttpClass>(first - 1)).Add();
  seconds_.At(route).Observe(seconds);
  bytes_.Add(static_cast<double>(body_bytes));
}

void HttpProbe::Limited() { limited_.Add(); }

}  // namespace pgattic::metrics
