// HttpServerTest: a server on a free port, and clients that send whatever bytes they like.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "http_server/server.h"
#include "tests/support/s3/socket.h"

namespace pgattic::http_server {

/// Says what it was asked; "/wait" waits to be released.
class EchoService final : public Service {
 public:
  std::optional<Response> Admit(Request& request) override {
    ++admitted;
    if (request.target == "/refused") return Refuse(request, 401, "no");
    return std::nullopt;
  }
  Response Answer(const Request& request) override {
    Response response;
    response.content_type = "text/plain";
    response.body = request.method + " " + request.target + " " + request.body;
    if (request.target == "/large") response.body = std::string(200'000, 'x');
    if (request.target == "/wait") {
      std::unique_lock lock(mutex);
      ++waiting;
      changed.notify_all();
      changed.wait(lock, [this] { return is_released; });
    }
    return response;
  }
  Response Refuse(const Request&, int status, const std::string& message) override {
    Response response;
    response.status = status;
    response.body = message;
    return response;
  }
  void Done(const Request&, const Outcome& outcome) override {
    ++done;
    last_status = outcome.status;
  }
  void AwaitWaiting(int count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return waiting >= count; });
  }
  void Release() {
    const std::lock_guard lock(mutex);
    is_released = true;
    changed.notify_all();
  }

  std::atomic<int> admitted{0};
  std::atomic<int> done{0};
  std::atomic<int> last_status{0};
  std::mutex mutex;  // Guards all below.
  std::condition_variable changed;
  int waiting = 0;
  bool is_released = false;
};

class HttpServerTest : public ::testing::Test {
 protected:
  void Start(ServerOptions options = {}) {
    auto started = HttpServer::Start(options, service_);
    ASSERT_TRUE(started.ok()) << started.error().ToString();
    server_ = std::move(*started);
    runner_ = std::jthread([this] { ran_ = server_->Run(); });
  }
  void TearDown() override {
    service_.Release();
    if (server_) server_->Drain();
  }
  test::Socket Connect() const {
    return test::ConnectToLoopback(static_cast<std::uint16_t>(server_->port()));
  }
  /// All that comes until the server closes.
  static std::string ReadAll(const test::Socket& socket) {
    std::string answer;
    while (socket.Receive(answer)) {
    }
    return answer;
  }
  std::string Send(const std::string& bytes) const {
    const test::Socket socket = Connect();
    socket.SendAll(bytes);
    return ReadAll(socket);
  }
  /// Reads one answer of a known body from a connection that stays.
  static std::string ReadUntil(const test::Socket& socket, const std::string& end) {
    std::string answer;
    while (!answer.ends_with(end) && socket.Receive(answer)) {
    }
    return answer;
  }
  void ExpectAlive() const {
    EXPECT_TRUE(Send("GET /alive HTTP/1.1\r\nConnection: close\r\n\r\n").ends_with("GET /alive "));
  }

  EchoService service_;
  std::unique_ptr<HttpServer> server_;
  Status ran_;  ///< Once runner_ has ended.
  std::jthread runner_;
};

inline std::string Post(const std::string& path, const std::string& body,
                        const std::string& more = "") {
  return "POST " + path + " HTTP/1.1\r\n" + more +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace pgattic::http_server
