// Where a request ends: what a proxy may read otherwise is refused, and nothing after it is read.
#include <vector>

#include "http_server/server_fixture.h"

namespace pgattic::http_server {
namespace {

constexpr const char* kHidden = "GET /hidden HTTP/1.1\r\nConnection: close\r\n\r\n";

class FramingTest : public HttpServerTest {
 protected:
  void SetUp() override { Start({.read_timeout = std::chrono::seconds(20)}); }
  /// Returns what comes for `bytes` with a request after them; nothing may come for that.
  std::string SendHiding(const std::string& bytes) {
    const int before = service_.admitted;
    const std::string answer = Send(bytes + kHidden);
    EXPECT_EQ(answer.find("/hidden"), answer.npos) << bytes << answer;
    EXPECT_LE(service_.admitted, before + 1) << bytes;
    return answer;
  }
};

TEST_F(FramingTest, APostWithoutALengthHasNoBody) {
  const std::string answers = Send(std::string("POST /empty HTTP/1.1\r\n\r\n") + kHidden);
  EXPECT_TRUE(answers.starts_with("HTTP/1.1 200")) << answers;
  EXPECT_NE(answers.find("POST /empty HTTP/1.1 200"), answers.npos) << answers;
  EXPECT_TRUE(answers.ends_with("GET /hidden ")) << answers;
}

TEST_F(FramingTest, RefusesWhatOthersMayReadOtherwise) {
  const std::string length = std::to_string(std::string(kHidden).size());
  const std::vector<std::string> refused = {
      "Content-Length: " + length + "\r\nTransfer-Encoding: chunked\r\n",
      "Transfer-Encoding: gzip, chunked\r\nContent-Length: 0\r\n",
      "Transfer-Encoding: gzip, chunked\r\n",
      "Content-Length: 0\r\nContent-Length: " + length + "\r\n",
      "Content-Length : " + length + "\r\n",
      "A: b\r\n Content-Length: " + length + "\r\n",
      "Content-Length: " + length + "\n",
      "A: b\n"};
  for (const std::string& headers : refused) {
    const std::string answer = SendHiding("POST / HTTP/1.1\r\n" + headers + "\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400")) << headers << answer;
    EXPECT_NE(answer.find("Connection: close"), answer.npos) << headers << answer;
    EXPECT_EQ(service_.last_status, 400) << headers;
  }
  EXPECT_TRUE(SendHiding("GET / HTTP/1.1\r\nA: b\n\r\n").starts_with("HTTP/1.1 400"));
  EXPECT_TRUE(SendHiding("GET / HTTP/1.1\r\nA: b\n\n").starts_with("HTTP/1.1 400"));
  EXPECT_TRUE(
      SendHiding("POST / HTTP/1.1\r\nContent-Length: %30\r\n\r\n").starts_with("HTTP/1.1 4"));
  ExpectAlive();
}

TEST_F(FramingTest, RefusesChunksThatDoNotEndAsTheyHaveTo) {
  const std::string head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char* chunks : {"3\r\nabcX\r\n", "3\r\nabc\n", "3\r\nabc\r\n0\r\nX\r\n",
                             "3\r\nabc\r\n0\n\r\n", "X\r\n\r\n", "3\r\n\r\n\r\nX\r\n"}) {
    const std::string answer = SendHiding(head + chunks);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400")) << chunks << answer;
  }
}

TEST_F(FramingTest, ReadsTheNextRequestAfterChunks) {
  const std::string answers =
      Send("POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" +
           Post("/d", "0\r\n\r\n") + kHidden);
  EXPECT_NE(answers.find("POST /c abcHTTP/1.1 200"), answers.npos) << answers;
  EXPECT_NE(answers.find("POST /d 0\r\n\r\nHTTP/1.1 200"), answers.npos) << answers;
  EXPECT_TRUE(answers.ends_with("GET /hidden ")) << answers;
}

TEST_F(FramingTest, IgnoresRanges) {
  for (const char* range : {"items=0-1", "bytes=9-1", "bytes=0-1", "nonsense"}) {
    const std::string answer = Send(
        "GET /range HTTP/1.1\r\nConnection: close\r\nRange: " + std::string(range) + "\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << range << answer;
    EXPECT_TRUE(answer.ends_with("GET /range ")) << range << answer;
  }
  EXPECT_EQ(service_.admitted, 4);
}

}  // namespace
}  // namespace pgattic::http_server
