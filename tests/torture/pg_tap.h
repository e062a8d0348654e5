// PgTap: stands between the program and PostgreSQL and loses the reply to a COMMIT.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <thread>

#include "tests/support/s3/socket.h"

namespace pgattic::torture {

/// Passes every byte on, over plain TCP. The n-th COMMIT that clients send goes through to the
/// server; once the server has answered, the client sees its connection end instead.
/// Thread-safe. The destructor ends all connections.
class PgTap {
 public:
  explicit PgTap(int server_port);
  ~PgTap();
  PgTap(const PgTap&) = delete;
  PgTap& operator=(const PgTap&) = delete;

  std::uint16_t port() const { return port_; }
  /// The n-th COMMIT from now on, counted from 1. 0: none.
  void LoseReplyToCommit(int n);
  /// COMMITs since LoseReplyToCommit().
  int commits() const { return commits_; }
  bool lost() const { return lost_; }

 private:
  /// One client. Lives until the tap does.
  struct Session {
    test::Socket client;
    test::Socket server;
    std::atomic<bool> loses{false};
    std::jthread up;
    std::jthread down;
  };
  void AcceptAll();
  void PassUp(Session& session);
  void PassDown(Session& session);
  bool Meets(const std::string& message);

  const int server_port_;
  std::uint16_t port_ = 0;
  test::Socket listener_;
  std::atomic<int> lose_at_{0};
  std::atomic<int> commits_{0};
  std::atomic<bool> lost_{false};
  std::mutex mutex_;  // Guards sessions_ and is_stopping_.
  bool is_stopping_ = false;
  std::list<Session> sessions_;
  std::jthread acceptor_;
};

}  // namespace pgattic::torture
