#include "service/serve_keys.h"

#include "service/units.h"

namespace pgattic::service {
namespace {

/// "HOST:PORT", "[v6]:PORT" or a port alone.
Status SetListen(Config& config, const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const std::string port = colon == text.npos ? text : text.substr(colon + 1);
  std::string host = colon == text.npos ? "127.0.0.1" : text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const Result<int> number = ParseWhole(port, 0, 65535);
  if (!number.ok() || host.empty()) {
    return {Code::kInvalidArgument,
            "'" + text + "' names no port; write HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080"};
  }
  config.serve.host = host;
  config.serve.port = *number;
  return Status::Ok();
}

auto Whole(int ServeSettings::*member, int least, int most) {
  return [=](Config& config, const std::string& text) -> Status {
    PGATTIC_ASSIGN_OR_RETURN(config.serve.*member, ParseWhole(text, least, most));
    return Status::Ok();
  };
}

auto Text(std::string ServeSettings::*member) {
  return [=](Config& config, const std::string& text) -> Status {
    config.serve.*member = text;
    return Status::Ok();
  };
}

auto Time(std::chrono::milliseconds ServeSettings::*member, int least_ms = 1) {
  return [=](Config& config, const std::string& text) -> Status {
    PGATTIC_ASSIGN_OR_RETURN(const std::chrono::milliseconds value, ParseDuration(text));
    if (value.count() < least_ms || value > std::chrono::hours(1)) {
      return {Code::kInvalidArgument, "'" + text + "' is not " +
                                          (least_ms > 0 ? "above 0" : "at least 0") +
                                          " and at most an hour"};
    }
    config.serve.*member = value;
    return Status::Ok();
  };
}

Status SetAllowAnonymous(Config& config, const std::string& text) {
  PGATTIC_ASSIGN_OR_RETURN(config.serve.allow_anonymous, ParseFlag(text));
  return Status::Ok();
}

Status SetMaxBody(Config& config, const std::string& text) {
  PGATTIC_ASSIGN_OR_RETURN(const std::int64_t value, ParseSize(text));
  if (value < 1024 || value > (std::int64_t{64} << 20)) {
    return {Code::kInvalidArgument, "'" + text + "' is not between 1KiB and 64MiB"};
  }
  config.serve.max_body_bytes = value;
  return Status::Ok();
}

}  // namespace

std::vector<ConfigKey> ServeKeys() {
  using S = ServeSettings;
  return {
      {"serve.listen", "127.0.0.1:8080", "HOST:PORT; beyond this machine only with tokens",
       SetListen},
      {"serve.tokens_file", "none", "file of bearer tokens, one a line; read again when it changes",
       Text(&S::tokens_file)},
      {"serve.allow_anonymous", "false", "listen beyond this machine without tokens",
       SetAllowAnonymous},
      {"serve.tls_certificate", "none", "PEM file, with its chain", Text(&S::certificate_file)},
      {"serve.tls_key", "none", "PEM file of its private key", Text(&S::key_file)},
      {"serve.max_body", "1MiB", "of a request, decompressed", SetMaxBody},
      {"serve.max_ids", "1000", "ids of one batch", Whole(&S::max_ids, 1, 1000)},
      {"serve.max_requests", "64", "answered at a time; further ones get 503",
       Whole(&S::max_requests, 1, 10'000)},
      {"serve.max_connections", "256", "open at a time, a thread each",
       Whole(&S::max_connections, 1, 900)},
      {"serve.rate", "0", "requests a second, 429 beyond; 0: no limit",
       Whole(&S::requests_per_second, 0, 1'000'000)},
      {"serve.rate_per_client", "0",
       "the same of each token, or of each address where no token is needed",
       Whole(&S::requests_per_second_of_client, 0, 1'000'000)},
      {"serve.sessions", "8", "with PostgreSQL, at most", Whole(&S::sessions, 1, 100)},
      {"serve.request_timeout", "30s", "longest an answer takes", Time(&S::request_timeout)},
      {"serve.drain_delay", "0s", "after SIGTERM, until connections are refused; /readyz says no",
       Time(&S::drain_delay, 0)},
      {"serve.drain_timeout", "30s", "after SIGTERM, for requests under way",
       Time(&S::drain_timeout)},
      {"serve.canary_limit", "10s", "a backend that takes longer is ill", Time(&S::canary_limit)},
      {"serve.canary_interval", "30s", "between looks that metrics tell of; two GETs a source",
       Time(&S::canary_interval)},
  };
}

}  // namespace pgattic::service
