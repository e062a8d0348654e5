// The server under clients of all kinds: it answers, bounds time and memory, and lives on.
#include "http_server/server.h"

#include <poll.h>

#include "http_server/server_fixture.h"

namespace pgattic::http_server {
namespace {

using test::Socket;

TEST_F(HttpServerTest, AnswersRequestsThatCameTogether) {
  Start();
  const std::string last = "GET /last HTTP/1.1\r\nConnection: close\r\n\r\n";
  const std::string answers =
      Send("GET /first HTTP/1.1\r\n\r\n" + Post("/second", "body") +
           "GET /large HTTP/1.1\r\n\r\nHEAD /third HTTP/1.1\r\n\r\n" + last);
  std::size_t found = 0;
  for (std::size_t at = 0; (at = answers.find("HTTP/1.1 200", at)) != answers.npos; ++at) ++found;
  EXPECT_EQ(found, 5U);
  EXPECT_NE(answers.find("GET /first HTTP/1.1"), answers.npos);
  EXPECT_NE(answers.find("POST /second body"), answers.npos);
  EXPECT_NE(answers.find(std::string(200'000, 'x') + "HTTP/1.1"), answers.npos);
  EXPECT_TRUE(answers.ends_with("GET /last "));
  EXPECT_EQ(service_.done, 5);
}

TEST_F(HttpServerTest, AnswersSeveralRequestsOfAConnection) {
  Start();
  const Socket socket = Connect();
  for (int i = 0; i < 5; ++i) {
    socket.SendAll(Post("/a", "body"));
    const std::string answer = ReadUntil(socket, "POST /a body");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
  }
  EXPECT_EQ(service_.admitted, 5);
}

TEST_F(HttpServerTest, GivesThePathAsItWasSent) {
  Start();
  const std::string answer = Send("GET /a%2Fb/../c?d=%20 HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(answer.ends_with("GET /a%2Fb/../c?d=%20 ")) << answer;
}

TEST_F(HttpServerTest, ReadsChunkedBodies) {
  Start();
  const std::string answer = Send(
      "POST /c HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
  EXPECT_TRUE(answer.ends_with("POST /c abcdefg")) << answer;
}

TEST_F(HttpServerTest, GivesFormsAsTheyWereSent) {
  Start();
  for (const std::string type : {"multipart/form-data; boundary=x", "multipart/form-data",
                                 "application/x-www-form-urlencoded"}) {
    const std::string answer =
        Send(Post("/form", "--x", "Connection: close\r\nContent-Type: " + type + "\r\n"));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << type << answer;
    EXPECT_TRUE(answer.ends_with("POST /form --x")) << type << answer;
  }
}

TEST_F(HttpServerTest, RefusesALargeBodyBeforeItIsRead) {
  Start({.max_body_bytes = 1000});
  const std::string answer =
      Send("POST / HTTP/1.1\r\nContent-Length: 100000000\r\n\r\n" + std::string(5000, 'x'));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413")) << answer;
  EXPECT_EQ(service_.last_status, 413);
  for (const char* length : {"1001", "-1", "99999999999999999999", "abc", "0x10"}) {
    EXPECT_TRUE(Send("POST / HTTP/1.1\r\nContent-Length: " + std::string(length) + "\r\n\r\n")
                    .starts_with("HTTP/1.1 413"))
        << length;
  }
  ExpectAlive();
}

TEST_F(HttpServerTest, RefusesALargeChunkedBody) {
  Start({.max_body_bytes = 1000});
  std::string bytes = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 11; ++i) bytes += "64\r\n" + std::string(100, 'x') + "\r\n";
  EXPECT_TRUE(Send(bytes + "0\r\n\r\n").starts_with("HTTP/1.1 413"));
  ExpectAlive();
}

TEST_F(HttpServerTest, TakesABodyOfTheLimit) {
  Start({.max_body_bytes = 1000});
  EXPECT_TRUE(
      Send(Post("/", std::string(1000, 'x'), "Connection: close\r\n")).starts_with("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, TakesNoBodyForTheNextRequest) {
  Start();
  const std::string hidden = "GET /hidden HTTP/1.1\r\nConnection: close\r\n\r\n";
  const std::string length = "Content-Length: " + std::to_string(hidden.size()) + "\r\n\r\n";
  for (const std::string head : {"GET / HTTP/1.1\r\n", "POST /refused HTTP/1.1\r\n",
                                 "PUT / HTTP/1.1\r\n", "DELETE / HTTP/1.1\r\n"}) {
    const std::string answer = Send(head + length + hidden);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 4")) << head << answer;
    EXPECT_EQ(answer.find("/hidden"), answer.npos) << head << answer;
  }
  EXPECT_EQ(Send("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + hidden).find("/hidden"),
            std::string::npos);
}

TEST_F(HttpServerTest, EndsHeadsWithoutEnd) {
  Start({.read_timeout = std::chrono::milliseconds(300)});
  std::string bytes = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 2000; ++i)
    bytes += "X-" + std::to_string(i) + ": " + std::string(50, 'y') + "\r\n";
  EXPECT_FALSE(Send(bytes + "\r\n").starts_with("HTTP/1.1 200"));
  EXPECT_FALSE(
      Send("GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(Send("GET /" + std::string(5000, 'a') + " HTTP/1.1\r\nConnection: close\r\n\r\n")
                  .starts_with("HTTP/1.1 414"));
  EXPECT_FALSE(Send("\r\n\r\n\r\n").starts_with("HTTP/1.1 200"));
  EXPECT_FALSE(Send(std::string(1000, '\0')).starts_with("HTTP/1.1 200"));
  ExpectAlive();
}

TEST_F(HttpServerTest, EndsWhoeverSendsTooSlowly) {
  Start({.read_timeout = std::chrono::milliseconds(200)});
  const Socket socket = Connect();
  // One byte at a time, never silent for long: only a limit for the whole ends it.
  std::atomic<bool> is_over = false;
  std::jthread drip([&] {
    socket.SendAll("GET / HTTP/1.1\r\n");
    while (!is_over && socket.SendAll("X"))
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
  });
  const std::string answer = ReadAll(socket);
  is_over = true;
  EXPECT_FALSE(answer.starts_with("HTTP/1.1 200"));
  ExpectAlive();
}

TEST_F(HttpServerTest, EndsWhoeverDoesNotRead) {
  Start({.write_timeout = std::chrono::milliseconds(200)});
  const Socket socket = Connect();
  // More answers than buffers hold, and nobody reads; more requests than the server reads ahead.
  constexpr int kRequests = 2000;
  std::string bytes;
  for (int i = 0; i < kRequests; ++i) bytes += "GET /large HTTP/1.1\r\n\r\n";
  socket.SendAll(bytes);
  // The server's close resets the connection, since not all of the requests were read.
  pollfd reset{socket.fd(), 0, 0};
  ASSERT_EQ(::poll(&reset, 1, 30'000), 1);
  EXPECT_LT(service_.admitted, kRequests);
  ExpectAlive();
}

TEST_F(HttpServerTest, TellsThoseBeyondItsConnections) {
  Start({.max_connections = 2});
  const Socket first = Connect();
  const Socket second = Connect();
  first.SendAll("GET /wait HTTP/1.1\r\n\r\n");
  second.SendAll("GET /wait HTTP/1.1\r\n\r\n");
  service_.AwaitWaiting(2);
  EXPECT_TRUE(Send("").starts_with("HTTP/1.1 503"));
  service_.Release();
  EXPECT_TRUE(ReadUntil(first, "/wait ").starts_with("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, DrainsWhatIsUnderWay) {
  Start();
  const Socket idle = Connect();
  idle.SendAll("GET /idle HTTP/1.1\r\n\r\n");
  ReadUntil(idle, "/idle ");
  const Socket busy = Connect();
  busy.SendAll("GET /wait HTTP/1.1\r\n\r\n");
  service_.AwaitWaiting(1);
  server_->Drain();
  EXPECT_EQ(ReadAll(idle), "");  // Ends at once.
  EXPECT_FALSE(Connect().is_open());
  service_.Release();
  EXPECT_TRUE(ReadAll(busy).ends_with("GET /wait "));
  runner_.join();
}

TEST_F(HttpServerTest, AbortsWhoeverStaysThen) {
  Start();
  const Socket socket = Connect();
  socket.SendAll("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
  while (service_.admitted == 0) std::this_thread::yield();
  server_->Drain();
  server_->Abort();
  runner_.join();
  EXPECT_EQ(service_.done, 1);
}

TEST_F(HttpServerTest, CompressesWhereAsked) {
  Start();
  const auto length = [&](const std::string& coding) {
    const std::string answer =
        Send("GET /large HTTP/1.1\r\nConnection: close\r\nAccept-Encoding: " + coding + "\r\n\r\n");
    EXPECT_EQ(answer.find("Content-Encoding: " + coding) != answer.npos, coding != "identity");
    EXPECT_NE(answer.find("Vary: Accept-Encoding"), answer.npos);
    return answer.size();
  };
  EXPECT_GT(length("identity"), 200'000U);
  EXPECT_LT(length("gzip"), 2'000U);
  EXPECT_LT(length("zstd"), 2'000U);
}

TEST_F(HttpServerTest, AnswersAHeadWithoutABody) {
  Start();
  const std::string answer = Send("HEAD /h HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST(HttpServerStartTest, SaysWhatIsWrongWithPortAndFiles) {
  EchoService service;
  std::uint16_t port = 0;
  const Socket taken = test::ListenOnLoopback(port);
  const auto second = HttpServer::Start({.port = port}, service);
  EXPECT_TRUE(second.Is(Code::kUnavailable));
  const auto tls = HttpServer::Start({.certificate_file = "/none", .key_file = "/none"}, service);
  ASSERT_TRUE(tls.Is(Code::kInvalidArgument));
  EXPECT_NE(tls.error().message.find("/none"), std::string::npos);
}

}  // namespace
}  // namespace pgattic::http_server
