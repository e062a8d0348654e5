// A real redis-server of a test's own, and peers that are worse than none.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "cache/redis_cache.h"
#include "cache/redis_connection.h"
#include "sandbox/scratch_folder.h"
#include "sandbox/subprocess.h"

namespace pgattic::cache {

/// A redis-server on a Unix socket in a folder of its own, that keeps nothing on disk. Stopped
/// by its process id when destroyed.
class RedisServer {
 public:
  explicit RedisServer(std::vector<std::string> extra = {}) : extra_(std::move(extra)) {
    folder_ = sandbox::ScratchFolder::Make({}).value();
    Start();
  }

  /// Starts it (again) and waits until it answers.
  void Start() {
    std::vector<std::string> argv = {
        "redis-server", "--port", "0",     "--unixsocket",  socket_path(),  "--save", "",
        "--appendonly", "no",     "--dir", folder_->path(), "--maxclients", "100"};
    argv.insert(argv.end(), extra_.begin(), extra_.end());
    auto process = sandbox::Subprocess::Spawn({.argv = argv});
    ASSERT_TRUE(process.ok()) << process.status().ToString();
    process_ = std::move(process).value();
    const OpContext limit = OpContext().WithDeadline(std::chrono::seconds(30));
    while (!RedisSocket::Connect(limit, endpoint()).ok()) {
      ASSERT_FALSE(process_->TryWait().has_value()) << process_->Stdout() << process_->Stderr();
      ASSERT_TRUE(limit.SleepFor(std::chrono::milliseconds(5)).ok())
          << "redis-server never listens";
    }
  }
  /// Kills it and waits for its end.
  void Kill() {
    ASSERT_TRUE(process_->Signal(SIGKILL).ok());
    ASSERT_TRUE(process_->Wait(OpContext().WithDeadline(std::chrono::seconds(30))).ok());
  }
  void Signal(int number) { ASSERT_TRUE(process_->Signal(number).ok()); }

  std::string socket_path() const { return folder_->path() + "/redis.sock"; }
  RedisEndpoint endpoint() const { return {.socket_path = socket_path()}; }

  /// Runs one command on a connection of its own and returns the reply's text, "<none>" or the
  /// error.
  std::string Ask(const std::vector<std::string>& command, RedisEndpoint as = {}) const {
    as.socket_path = socket_path();
    const OpContext ctx = OpContext().WithDeadline(std::chrono::seconds(30));
    auto connection = RedisConnection::Dial(ctx, as, std::size_t{1} << 30);
    if (!connection.ok()) return connection.status().ToString();
    const std::vector<std::string_view> words(command.begin(), command.end());
    const auto reply = (*connection)->Call(ctx, words);
    if (!reply.ok()) return reply.status().ToString();
    return reply->text.value_or("<none>");
  }
  /// Returns the field `name` of INFO.
  std::string Info(const std::string& name) const {
    const std::string info = Ask({"INFO"});
    const std::size_t at = info.find("\n" + name + ":");
    if (at == std::string::npos) return "<no " + name + ">";
    const std::size_t start = at + name.size() + 2;
    return info.substr(start, info.find('\r', start) - start);
  }

 private:
  std::vector<std::string> extra_;
  std::unique_ptr<sandbox::ScratchFolder> folder_;
  std::unique_ptr<sandbox::Subprocess> process_;
};

/// Options of a cache that waits for a busy machine.
inline RedisCacheOptions PatientOptions(const RedisEndpoint& endpoint) {
  return {.pool = {.endpoint = endpoint}, .budget = std::chrono::seconds(30)};
}

/// A TCP peer on a free port of loopback. With a script it accepts each connection, waits for
/// the first bytes of a request, runs the script on the socket and closes it. Without, the kernel
/// alone accepts: a peer that never answers.
class TcpPeer {
 public:
  using Script = std::function<void(int socket, const std::atomic<bool>& is_over)>;

  explicit TcpPeer(Script script = {}) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_, raw, size), 0);
    EXPECT_EQ(::listen(listener_, 64), 0);
    EXPECT_EQ(::getsockname(listener_, raw, &size), 0);
    port_ = ntohs(address.sin_port);
    if (script_) thread_ = std::jthread([this] { Serve(); });
  }
  TcpPeer(const TcpPeer&) = delete;
  TcpPeer& operator=(const TcpPeer&) = delete;
  ~TcpPeer() {
    is_over_ = true;
    ::shutdown(listener_, SHUT_RDWR);  // wakes accept()
    if (thread_.joinable()) thread_.join();
    ::close(listener_);
  }

  RedisEndpoint endpoint() const { return {.host = "127.0.0.1", .port = port_}; }
  /// Returns how many connections were made since it was asked last. REQUIRES: no script.
  int CountDials() const {
    int dials = 0;
    for (;; ++dials) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) return dials;
      ::close(socket);
    }
  }
  /// Makes CountDials not wait. Call once, before.
  void CountOnly() const {
    const timeval soon{0, 1000};
    ::setsockopt(listener_, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
  }

 private:
  void Serve() {
    for (;;) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) return;
      std::array<char, 256> request;  // NOLINT: written before it is read
      if (::recv(socket, request.data(), request.size(), 0) > 0) script_(socket, is_over_);
      ::close(socket);
    }
  }

  Script script_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> is_over_{false};
  std::jthread thread_;
};

/// Returns a free TCP port of loopback, free when it was asked for.
inline std::uint16_t FreePort() { return TcpPeer().endpoint().port; }

}  // namespace pgattic::cache
