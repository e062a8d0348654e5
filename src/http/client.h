// HTTP out: one request, one bounded answer, within a deadline.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "base/secret.h"

namespace pgattic::http {

/// How to sign a request of an AWS service. Source: AWS General Reference, Signature Version 4.
struct AwsSignature {
  std::string access_key;
  Secret secret_key;
  Secret session_token;  ///< Empty for lasting credentials.
  std::string region;    ///< "eu-west-1".
  std::string service;   ///< "athena".
};

/// One request. A plain value.
struct Request {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string user;                  ///< Basic authentication, where not empty.
  Secret password;                   ///< Of `user`.
  Secret bearer;                     ///< Bearer token, where not empty.
  std::optional<AwsSignature> sign;  ///< REQUIRES: path and query are in their canonical form.
};

/// An answer, whatever its status. A plain value.
struct Response {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< Lower-case names.
  std::string body;

  /// Returns the first header of that name, or "".
  std::string Header(std::string_view lower_case_name) const;
};

/// How a client behaves. A plain value.
struct ClientOptions {
  std::string ca_file;  ///< PEM certificates to trust instead of the system's.
  std::chrono::milliseconds connect_timeout{5000};
  /// Of one request; a shorter deadline of the context goes first.
  std::chrono::milliseconds request_timeout{60'000};
  std::size_t max_body_bytes = std::size_t{64} << 20;  ///< Of an answer, decompressed.
};

/// Thread-safe. Keeps connections for the next request. Follows no redirect, so that credentials
/// go nowhere else; certificates are always checked; proxies are those of the usual variables
/// (https_proxy, no_proxy). Its destructor closes what is idle. REQUIRES: no request under way
/// then.
class Client {
 public:
  /// Never fails to be made; what is wrong with the options shows at the first request.
  explicit Client(ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Sends one request and waits for its whole answer; a status such as 503 is an answer. Never
  /// repeats it. Cancelled or DeadlineExceeded within 50 ms of the end of `ctx`. Unavailable: no
  /// (whole) answer; the request may have had its effect. InvalidArgument: the URL is none.
  /// FailedPrecondition: the certificate is not trusted. ResourceExhausted: a longer body.
  Result<Response> Send(const OpContext& ctx, const Request& request);

 private:
  class Line;
  class Pool;
  const ClientOptions options_;
  const std::unique_ptr<Pool> pool_;
};

/// Returns "https://host:port" of a URL, the default port left out; InvalidArgument for what is
/// not an http or https URL, and for one with a user or password in it.
Result<std::string> OriginOf(const std::string& url);

}  // namespace pgattic::http
