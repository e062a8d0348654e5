#include "cache/redis_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

namespace pgattic::cache {

using std::chrono::milliseconds;

namespace {

// How long a stop may go unnoticed.
constexpr milliseconds kPollTick{50};

Status Broken(const std::string& what, int number) {
  return {Code::kUnavailable,
          what + ": " + std::generic_category().message(number) +
              "; see that Redis runs and that this host may reach it",
          {"errno", std::to_string(number)}};
}

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Result<Addresses> Resolve(const RedisEndpoint& endpoint) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int failed =
      getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &list);
  if (failed != 0) {
    return {Code::kUnavailable,
            "cannot resolve " + endpoint.host + ": " + gai_strerror(failed) +
                "; correct the host in the URL of the cache",
            {"resolver", std::to_string(failed)}};
  }
  return Addresses(list);
}

Result<sockaddr_un> UnixAddress(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return {Code::kInvalidArgument, "the path of Redis' socket is longer than " +
                                        std::to_string(sizeof(address.sun_path) - 1) +
                                        " bytes, which no system allows; use a shorter one"};
  }
  std::copy(path.begin(), path.end(), address.sun_path);
  return address;
}

}  // namespace

Result<RedisSocket> RedisSocket::Connect(const OpContext& ctx, const RedisEndpoint& endpoint) {
  PGATTIC_RETURN_IF_ERROR(ctx.Check());
  const auto try_one = [&](int family, const void* address,
                           std::size_t size) -> Result<RedisSocket> {
    RedisSocket socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (socket.fd_ < 0) return Broken("cannot make a socket", errno);
    PGATTIC_RETURN_IF_ERROR(socket.ConnectTo(ctx, {static_cast<const std::byte*>(address), size}));
    return socket;
  };
  if (!endpoint.socket_path.empty()) {
    PGATTIC_ASSIGN_OR_RETURN(const sockaddr_un address, UnixAddress(endpoint.socket_path));
    return try_one(AF_UNIX, &address, sizeof(address));
  }
  PGATTIC_ASSIGN_OR_RETURN(const Addresses addresses, Resolve(endpoint));
  Status last = Broken("no address of " + endpoint.host, EADDRNOTAVAIL);
  for (const addrinfo* place = addresses.get(); place != nullptr; place = place->ai_next) {
    Result<RedisSocket> socket = try_one(place->ai_family, place->ai_addr, place->ai_addrlen);
    if (socket.ok()) {
      // One small request, one reply: nothing is gained by waiting for more. Best effort.
      const int on = 1;
      setsockopt(socket->fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      return socket;
    }
    last = std::move(socket).status();
    PGATTIC_RETURN_IF_ERROR(ctx.Check());
  }
  return last;
}

RedisSocket::RedisSocket(RedisSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

RedisSocket::~RedisSocket() {
  if (fd_ >= 0) ::close(fd_);
}

Status RedisSocket::ConnectTo(const OpContext& ctx, std::span<const std::byte> address) {
  const auto* to = reinterpret_cast<const sockaddr*>(address.data());
  if (::connect(fd_, to, static_cast<socklen_t>(address.size())) == 0) return Status::Ok();
  if (errno != EINPROGRESS) return Broken("cannot connect to Redis", errno);
  PGATTIC_RETURN_IF_ERROR(Await(ctx, POLLOUT));
  int failure = 0;
  socklen_t size = sizeof(failure);
  if (getsockopt(fd_, SOL_SOCKET, SO_ERROR, &failure, &size) != 0) failure = errno;
  return failure == 0 ? Status::Ok() : Broken("cannot connect to Redis", failure);
}

Status RedisSocket::Await(const OpContext& ctx, short events) const {
  for (;;) {
    PGATTIC_RETURN_IF_ERROR(ctx.Check());
    pollfd fd{fd_, events, 0};
    // Less than a millisecond may be left, which Remaining() calls zero.
    const auto wait = std::max(ctx.Remaining(kPollTick), milliseconds(1));
    const int ready = ::poll(&fd, 1, static_cast<int>(wait.count()));
    if (ready > 0) return Status::Ok();
    if (ready < 0 && errno != EINTR) return Broken("cannot wait for Redis", errno);
  }
}

Status RedisSocket::Send(const OpContext& ctx, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      PGATTIC_RETURN_IF_ERROR(Await(ctx, POLLOUT));
    } else if (errno != EINTR) {
      return Broken("the connection to Redis broke", errno);
    }
  }
  return Status::Ok();
}

Result<std::size_t> RedisSocket::Receive(const OpContext& ctx, std::span<char> buffer) {
  for (;;) {
    const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) return Broken("Redis closed the connection", ECONNRESET);
    if (errno == EAGAIN) {
      PGATTIC_RETURN_IF_ERROR(Await(ctx, POLLIN));
    } else if (errno != EINTR) {
      return Broken("the connection to Redis broke", errno);
    }
  }
}

bool RedisSocket::IsQuiet() const {
  pollfd fd{fd_, POLLIN | POLLRDHUP, 0};
  return ::poll(&fd, 1, 0) == 0;
}

}  // namespace pgattic::cache
