// The limits of [serve], each by what a client of the running service sees of it.
#include <fstream>

#include "held_requests.h"
#include "tests/support/s3/socket.h"

namespace pgattic::test {
namespace {

constexpr const char* kBatch = "/v1/games:batchGet";
constexpr const char* kGetGame = "/pgattic.v1.ArchiveService/GetGame";
constexpr const char* kJson = "application/json";

class ServeRates : public HeldRequests {
 protected:
  void ServeEmpty(const std::vector<std::string>& arguments) {
    ASSERT_EQ(Pgattic({"init"}).code, 0);
    StartServing(arguments);
  }
  /// Asks until the answer has this status, for a minute; returns the last answer.
  Page AskUntil(int status, const WebClient::Headers& headers = {}) const {
    const OpContext limit = OpContext().WithDeadline(std::chrono::minutes(1));
    Page page;
    do {
      page = web().Get("/v1/games/none", headers);
    } while (page.status != status && limit.Check().ok());
    return page;
  }
  static void ExpectRefusal(const Page& page, int status, const std::string& message) {
    EXPECT_EQ(page.status, status) << page.body;
    EXPECT_EQ(page.Header("retry-after"), "1");
    EXPECT_EQ(page.json()["error"]["message"], message) << page.body;
  }
};

TEST_F(ServeRates, AnswersSoManyASecondOfAllClientsTogether) {
  const std::string file = folder() + "/tokens";
  std::ofstream(file) << "0123456789abcdef-one\n0123456789abcdef-two\n";
  ServeEmpty({"--serve-rate", "1", "--serve-tokens-file", file});
  const WebClient::Headers one = {{"Authorization", "Bearer 0123456789abcdef-one"}};
  const WebClient::Headers two = {{"Authorization", "Bearer 0123456789abcdef-two"}};
  EXPECT_EQ(web().Get("/v1/games/none", one).status, 404);
  ExpectRefusal(AskUntil(429, two), 429, "too many requests a second; try again");
  EXPECT_EQ(web().Get("/healthz").status, 200);
  EXPECT_EQ(web().Get("/metrics", two).status, 200);
  EXPECT_EQ(AskUntil(404, one).status, 404);
}

TEST_F(ServeRates, AnswersSoManyASecondOfEachClient) {
  const std::string file = folder() + "/tokens";
  std::ofstream(file) << "0123456789abcdef-one\n0123456789abcdef-two\n";
  ServeEmpty({"--serve-rate-per-client", "1", "--serve-tokens-file", file});
  const WebClient::Headers one = {{"Authorization", "Bearer 0123456789abcdef-one"}};
  const WebClient::Headers two = {{"Authorization", "Bearer 0123456789abcdef-two"}};
  EXPECT_EQ(web().Get("/v1/games/none", one).status, 404);
  ExpectRefusal(AskUntil(429, one), 429, "too many requests a second of yours; try again");
  EXPECT_EQ(web().Get("/v1/games/none", two).status, 404);
  EXPECT_EQ(AskUntil(404, one).status, 404);
}

TEST_F(ServeRates, AnswersSoManyAtATime) {
  ServeFrozen({"--serve-max-requests", "1"});
  std::future<Page> held = Hold();
  ExpectRefusal(web().Get(row()), 503, "too many requests at a time; try again");
  const Page connect = web().Post(kGetGame, R"({"id":"a"})", kJson);
  EXPECT_EQ(connect.status, 503);
  EXPECT_EQ(connect.json()["code"], "unavailable") << connect.body;
  EXPECT_EQ(connect.Header("retry-after"), "1");
  EXPECT_EQ(web().Get("/healthz").status, 200);
  s3().Wake();
  EXPECT_EQ(held.get().status, 200);
  EXPECT_EQ(web().Get(row()).status, 200);
}

TEST_F(ServeRates, HasSoManyConnections) {
  ServeEmpty({"--serve-max-connections", "2"});
  std::vector<Socket> open;
  for (int i = 0; i < 2; ++i) {
    open.push_back(ConnectToLoopback(web().port()));
    open.back().SendAll("GET /healthz HTTP/1.1\r\n\r\n");
    std::string answer;
    ASSERT_TRUE(open.back().Receive(answer));
    ASSERT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
  }
  const Page refused = web().Get("/healthz");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.Header("retry-after"), "1");
  EXPECT_EQ(refused.body, "");
  open.clear();
  // A thread is free once it has seen the end of its connection.
  const OpContext limit = OpContext().WithDeadline(std::chrono::minutes(1));
  int status = 0;
  while (status != 200 && limit.Check().ok()) status = web().Get("/healthz").status;
  EXPECT_EQ(status, 200);
}

TEST_F(ServeRates, TakesBodiesUpToALength) {
  ServeEmpty({"--serve-max-body", "2KiB"});
  const auto body = [](std::size_t size) {
    const std::string text = R"({"ids":["none"]})";
    return std::string(size - text.size(), ' ') + text;
  };
  EXPECT_EQ(web().Post(kBatch, body(2048), kJson).status, 200);
  const Page refused = web().Post(kBatch, body(2049), kJson);
  EXPECT_EQ(refused.status, 413);
  EXPECT_EQ(refused.json()["error"]["message"], "the body is larger than 2048 bytes")
      << refused.body;
  const Page chunked = WebClient::Parse(
      web().Raw("POST " + std::string(kBatch) + " HTTP/1.1\r\nContent-Type: application/json\r\n" +
                "Transfer-Encoding: chunked\r\n\r\n801\r\n" + body(2049) + "\r\n0\r\n\r\n"));
  EXPECT_EQ(chunked.status, 413);
  const Page connect = web().Post(kGetGame, body(2049), kJson);
  EXPECT_EQ(connect.status, 429);
  EXPECT_EQ(connect.json()["code"], "resource_exhausted") << connect.body;
  EXPECT_EQ(web().Get("/healthz").status, 200);
}

TEST_F(ServeRates, GivesAnAnswerWithinATime) {
  ServeFrozen({"--serve-request-timeout", "500ms"});
  const auto began = std::chrono::steady_clock::now();
  const Page rest = web().Get(row());
  EXPECT_EQ(rest.status, 503) << rest.body;
  EXPECT_EQ(rest.json()["why"], "the time given for this operation ran out") << rest.body;
  const std::string id = row().substr(row().rfind('/') + 1);
  const Page connect = web().Post("/pgattic.v1.ArchiveService/GetRow",
                                  R"({"source":"public.past_games","id":")" + id + R"("})", kJson);
  EXPECT_EQ(connect.status, 504);
  EXPECT_EQ(connect.json()["code"], "deadline_exceeded") << connect.body;
  // Less than one takes without the limit under test.
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(25));
  s3().Wake();
  EXPECT_EQ(web().Get("/healthz").status, 200);
}

TEST_F(ServeRates, TellsItsLimits) {
  ServeEmpty(
      {"--serve-sessions", "3", "--serve-max-connections", "5", "--serve-max-requests", "7"});
  const std::string metrics = web().Get("/metrics").body;
  for (const char* place :
       {"pool=\"sessions\",state=\"limit\"} 3\n", "pool=\"connections\",state=\"limit\"} 5\n",
        "pool=\"requests\",state=\"limit\"} 7\n"}) {
    EXPECT_NE(metrics.find(place), metrics.npos) << place;
  }
}

}  // namespace
}  // namespace pgattic::test
