// Loopback TCP for test servers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace pgattic::test {

/// Owns a socket. Move-only.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket() { Close(); }

  int fd() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  void Close();
  /// Wakes whoever reads from it.
  void Shutdown() const;
  /// False when the other side is gone.
  bool SendAll(std::string_view bytes) const;
  /// Appends what arrives next to `out`; false at the end.
  bool Receive(std::string& out) const;

 private:
  int fd_ = -1;
};

/// Listens on a free port of 127.0.0.1.
Socket ListenOnLoopback(std::uint16_t& port);
/// Connects to 127.0.0.1; a closed socket when nobody listens.
Socket ConnectToLoopback(std::uint16_t port);
/// Returns a port on which nobody listens.
std::uint16_t FreePort();

}  // namespace pgattic::test
