// A listener that the system takes away, as it may where memory or files run out.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

namespace pgattic::test {

/// Shuts the socket of this process that listens on `port` of an IPv4 address; false when none is.
inline bool ShutListener(int port) {
  constexpr int kMostFiles = 1024;
  for (int fd = 0; fd < kMostFiles; ++fd) {
    int listens = 0;
    socklen_t size = sizeof listens;
    if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0) continue;
    sockaddr_in address{};
    socklen_t length = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);  // NOLINT: the socket API's way
    if (::getsockname(fd, raw, &length) != 0 || ntohs(address.sin_port) != port) continue;
    return ::shutdown(fd, SHUT_RDWR) == 0;
  }
  return false;
}

}  // namespace pgattic::test
