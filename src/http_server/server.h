// HttpServer: HTTP/1.1, plain or TLS, around cpp-httplib; the only place that knows it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "http_server/message.h"

namespace pgattic::http_server {

/// Where and how to listen.
struct ServerOptions {
  std::string host = "127.0.0.1";
  int port = 0;  ///< 0 takes a free one.
  /// PEM files; both or none. Loaded once, at the start.
  std::string certificate_file;
  std::string key_file;
  std::int64_t max_body_bytes = 1 << 20;           ///< Decompressed. More is 413.
  int max_connections = 256;                       ///< A thread each. More are told 503 and closed.
  std::chrono::milliseconds idle_timeout{60'000};  ///< Of a connection between requests.
  std::chrono::milliseconds read_timeout{10'000};  ///< For all of a request to arrive.
  std::chrono::milliseconds write_timeout{30'000};  ///< For all of an answer to be taken.
  /// Called when the system takes the listener away; Run ends as after Drain.
  std::function<void()> on_lost = {};
};

/// Listens, reads requests, has them answered and writes the answers. Whatever a client sends,
/// memory and time for it are bounded. Start, then Run in one thread; Drain and Stop from any.
/// The service outlives it.
class HttpServer {
 public:
  /// Binds. Unavailable when the address cannot be had, InvalidArgument when the certificate
  /// or key is no good.
  static Result<std::unique_ptr<HttpServer>> Start(const ServerOptions& options, Service& service);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const;
  /// Returns how many connections are open now, without those whose last answer was given.
  int connections() const;
  /// Blocks until Drain, and until the last connection has ended. Unavailable when it was not Drain
  /// that ended it.
  Status Run();
  /// Accepts no more, closes idle connections, lets requests under way end. Does not block.
  void Drain();
  /// Ends connections under way, after Drain. Does not block.
  void Abort();

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pgattic::http_server
