// How accepting ends: on request at whatever moment, or since the system ends it.
#include "tests/support/listener.h"

#include "http_server/server_fixture.h"

namespace pgattic::http_server {
namespace {

class ListenerTest : public HttpServerTest {};

TEST_F(ListenerTest, EndsAsAfterDrainWhereTheSystemTakesItAway) {
  std::atomic<int> lost = 0;
  Start({.on_lost = [&] { ++lost; }});
  const test::Socket idle = Connect();
  idle.SendAll("GET /idle HTTP/1.1\r\n\r\n");
  ReadUntil(idle, "/idle ");
  const test::Socket busy = Connect();
  busy.SendAll("GET /wait HTTP/1.1\r\n\r\n");
  service_.AwaitWaiting(1);
  ASSERT_TRUE(test::ShutListener(server_->port()));
  EXPECT_EQ(ReadAll(idle), "");
  EXPECT_FALSE(Connect().is_open());
  service_.Release();
  EXPECT_TRUE(ReadAll(busy).ends_with("GET /wait "));
  runner_.join();
  EXPECT_EQ(lost, 1);
  EXPECT_EQ(ran_.code(), Code::kUnavailable);
  EXPECT_NE(ran_.ToString().find("port " + std::to_string(server_->port())), std::string::npos);
}

/// As where Drain falls between the moment that Run is called and the first accept.
TEST_F(ListenerTest, EndsWhereItIsDrainedBeforeItAccepts) {
  const auto server = HttpServer::Start({}, service_);
  ASSERT_TRUE(server.ok());
  (*server)->Drain();
  EXPECT_FALSE(test::ConnectToLoopback(static_cast<std::uint16_t>((*server)->port())).is_open());
  EXPECT_TRUE((*server)->Run().ok());
}

}  // namespace
}  // namespace pgattic::http_server
