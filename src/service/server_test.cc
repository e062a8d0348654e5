// How a service ends: seen by those who balance load, and by those who start it again.
#include "service/server.h"

#include <atomic>
#include <filesystem>
#include <thread>

#include "service/journal_fixture.h"
#include "tests/support/listener.h"
#include "tests/support/s3/socket.h"

namespace pgattic::service {
namespace {

class ServerTest : public JournalFixture {
 protected:
  /// Of no source; it runs until the test ends at the latest.
  void Serve(ServeSettings settings) {
    folder_ = ::testing::TempDir() + "server-" + RandomHex(6);
    std::filesystem::create_directory(folder_);
    Config config;
    config.archive_url = "file://" + folder_;
    settings.port = 0;
    config.serve = settings;
    auto started = Server::Start(config, connect_, {}, [](const OpContext&) { return JobEnd{}; });
    ASSERT_TRUE(started.ok()) << started.error().ToString();
    server_ = std::move(*started);
    const std::string url = server_->url();
    port_ = std::stoi(url.substr(url.rfind(':') + 1));
    runner_ = std::jthread([this](const std::stop_token& stop) { ran_ = server_->Run(stop); });
  }
  void TearDown() override {
    runner_ = {};
    std::filesystem::remove_all(folder_);
  }
  /// Returns the answer; "" when nobody listens.
  std::string Get(const std::string& path) const {
    const test::Socket socket = test::ConnectToLoopback(static_cast<std::uint16_t>(port_));
    if (!socket.is_open()) return "";
    socket.SendAll("GET " + path + " HTTP/1.1\r\nConnection: close\r\n\r\n");
    std::string answer;
    while (socket.Receive(answer)) {
    }
    return answer;
  }

  std::string folder_;
  std::unique_ptr<Server> server_;
  int port_ = 0;
  Status ran_;  ///< Once runner_ has ended.
  std::jthread runner_;
};

TEST_F(ServerTest, SaysThatItEndsBeforeItRefusesConnections) {
  ServeSettings settings;
  settings.drain_delay = std::chrono::seconds(3);
  ASSERT_NO_FATAL_FAILURE(Serve(settings));
  EXPECT_TRUE(Get("/readyz").starts_with("HTTP/1.1 200"));
  runner_.request_stop();
  int seen = 0;
  for (std::string answer = Get("/readyz"); !answer.empty(); answer = Get("/readyz")) {
    const bool is_draining = answer.find("\"draining\":true") != answer.npos;
    EXPECT_EQ(answer.starts_with("HTTP/1.1 503"), is_draining) << answer;
    EXPECT_TRUE(is_draining || seen == 0) << answer;
    if (is_draining && ++seen == 1) {
      EXPECT_TRUE(Get("/healthz").starts_with("HTTP/1.1 200"));
    }
  }
  EXPECT_GT(seen, 1);
  runner_.join();
  EXPECT_TRUE(ran_.ok());
}

TEST_F(ServerTest, EndsWithAnErrorWhereNobodyCanConnectAnyMore) {
  ASSERT_NO_FATAL_FAILURE(Serve({}));
  EXPECT_TRUE(Get("/healthz").starts_with("HTTP/1.1 200"));
  ASSERT_TRUE(test::ShutListener(port_));
  runner_.join();
  EXPECT_EQ(ran_.code(), Code::kUnavailable);
  EXPECT_NE(ran_.ToString().find("no more connections"), std::string::npos) << ran_.ToString();
}

}  // namespace
}  // namespace pgattic::service
