// SocketStream: a connection as cpp-httplib reads and writes it, with deadlines for the whole of
// a request, so that a client that is slow on purpose ends like one that is silent.
#pragma once

#include <httplib.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "http_server/chunks.h"
#include "http_server/tls.h"

namespace pgattic::http_server {

/// One accepted, non-blocking socket, plain or TLS. Used by one thread. Does not own the socket.
class SocketStream final : public httplib::Stream {
 public:
  using Clock = std::chrono::steady_clock;

  /// `wake_fd` becomes readable when idle connections are to end, `abort_fd` when all are.
  SocketStream(int fd, int wake_fd, int abort_fd, TlsSession* tls)
      : fd_(fd), wake_fd_(wake_fd), abort_fd_(abort_fd), tls_(tls) {}

  /// Blocks until a request begins to arrive; false when none does in time, the client left, or
  /// idle connections are to end.
  bool AwaitRequest(std::chrono::milliseconds timeout);
  /// From now on reads end at `deadline` or after `budget` bytes, whichever is first.
  void LimitReads(Clock::time_point deadline, std::size_t budget);
  /// Reads to the end of a request's head, or to where its sender may think that it ends; or as
  /// far as it comes.
  std::string TakeHead();
  /// Has `bytes` read before all others.
  void PutBack(const std::string& bytes);
  /// From now on read() gives what the chunks of a body hold, and 0 at its end; until the next
  /// TakeHead.
  void BeginChunks();
  /// From the first byte of the next answer on, it has to be taken within `timeout`.
  void LimitWritesTo(std::chrono::milliseconds timeout);
  /// Sends what was written and is held back; false when that cannot be done in time.
  bool Flush();
  /// Ends the connection; with `has_unread` so that the client can read the last answer although
  /// it is still sending: to close with bytes unread would take the answer away (RFC 9112, 9.6).
  void Close(bool has_unread);

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  /// Takes more from the socket than is asked for: heads are read byte by byte.
  ssize_t read(char* ptr, size_t size) override;
  /// Holds back what is short, until Flush(): a head and its body leave together.
  ssize_t write(const char* ptr, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return fd_; }

 private:
  /// Waits for `events` until `deadline`; false when it passed or the connection is to end.
  bool Wait(short events, Clock::time_point deadline) const;
  ssize_t ReadBytes(char* ptr, std::size_t size);
  ssize_t Send(const char* ptr, std::size_t size);
  ssize_t Transfer(bool is_read, char* ptr, std::size_t size, Clock::time_point deadline);

  int fd_;
  int wake_fd_;
  int abort_fd_;
  TlsSession* tls_;
  Clock::time_point read_deadline_ = Clock::time_point::max();
  std::chrono::milliseconds write_timeout_{0};
  std::optional<Clock::time_point> write_deadline_;  ///< Once something was written.
  std::size_t read_budget_ = 0;
  // Asked for with every request, and always the same.
  mutable std::string remote_ip_;
  mutable int remote_port_ = 0;
  mutable std::string local_ip_;
  mutable int local_port_ = 0;
  std::string ahead_;            ///< What was received last.
  std::size_t ahead_taken_ = 0;  ///< How much of it was read.
  std::optional<Chunks> chunks_;
  std::string held_back_;    ///< What was written and not sent.
  bool is_cut_off_ = false;  ///< Part of it could not be sent: nothing may follow.
};

}  // namespace pgattic::http_server
