// HttpTap: an in-process HTTP server that counts requests, passes them on to a real server,
// and answers, drops or loses those that a test picks.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/s3/socket.h"

namespace pgattic::test {

struct TapRequest {
  std::string method;
  std::string target;  ///< Path and query, as sent.
  std::string head;    ///< Request line and headers, raw.
  std::string body;

  /// Returns the header, or "". Names without regard to case.
  std::string Header(const std::string& name) const;
};

/// What to do with one request.
struct TapAction {
  enum class Kind {
    kForward,     ///< Pass it on, give the answer back.
    kReply,       ///< Answer with `reply`, raw; close.
    kDropBefore,  ///< Close without passing it on: the request is lost.
    kDropAfter,   ///< Pass it on, close without the answer: the reply is lost.
    kHang,        ///< Never answer.
  };
  Kind kind = Kind::kForward;
  std::string reply;

  /// A raw answer with Content-Length.
  static TapAction Reply(const std::string& status_line, const std::string& body,
                         const std::string& headers = "");
};

/// One request as it went through.
struct TapRecord {
  std::string method;
  std::string target;
  int status = 0;               ///< 0: no answer was given back.
  std::int64_t body_bytes = 0;  ///< Of the answer.
};

/// Thread-safe. Each connection carries one request. Its destructor ends all connections.
class HttpTap {
 public:
  using Hook = std::function<TapAction(const TapRequest&)>;
  /// Given a request and the server's raw answer; returns what the client gets.
  using ReplyHook = std::function<std::string(const TapRequest&, std::string answer)>;

  /// `upstream_port` 0: there is no server behind, every request is up to the hook.
  explicit HttpTap(std::uint16_t upstream_port);
  ~HttpTap();
  HttpTap(const HttpTap&) = delete;
  HttpTap& operator=(const HttpTap&) = delete;

  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }
  /// Called for every request, by any thread; empty: forward all.
  void SetHook(Hook hook);
  /// Called for every answer that was forwarded, by any thread; empty: as it is.
  void SetReplyHook(ReplyHook hook);
  /// Returns the requests since the last call.
  std::vector<TapRecord> TakeRecords();

 private:
  void AcceptAll();
  void Serve(const Socket& client);
  std::string Answer(const Socket& client, const TapRequest& request);
  std::string Forward(const TapRequest& request) const;

  std::uint16_t upstream_port_;
  std::uint16_t port_ = 0;
  Socket listener_;
  std::mutex mutex_;  // Guards everything below but the threads.
  Hook hook_;
  ReplyHook reply_hook_;
  std::vector<TapRecord> records_;
  bool is_stopping_ = false;
  std::list<Socket> clients_;
  std::list<std::jthread> servers_;  // Only touched by the acceptor, and after its end.
  std::jthread acceptor_;
};

}  // namespace pgattic::test
