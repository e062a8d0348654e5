#include "http_server/head.h"

#include <gtest/gtest.h>

namespace pgattic::http_server {
namespace {

Head Of(const std::string& headers) { return ReadHead("POST / HTTP/1.1\r\n" + headers + "\r\n"); }

TEST(HeadTest, TellsTheLengthOfABody) {
  EXPECT_FALSE(Of("").HasBody());
  EXPECT_FALSE(Of("Content-Length: 0\r\n").HasBody());
  const Head head = Of("Host: a\r\nCONTENT-LENGTH:\t12 \r\n");
  EXPECT_EQ(head.content_length, "12");
  EXPECT_EQ(head.problem, "");
  EXPECT_TRUE(head.HasBody());
  const Head chunked = Of("Transfer-Encoding: Chunked\r\n");
  EXPECT_TRUE(chunked.is_chunked);
  EXPECT_TRUE(chunked.HasBody());
  EXPECT_EQ(chunked.problem, "");
}

TEST(HeadTest, HasAProblemWhereOthersMayReadAnotherLength) {
  for (const std::string headers :
       {"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
        "Content-Length: 1\r\nContent-Length: 2\r\n", "Content-Length: 1\r\nContent-Length: 1\r\n",
        "Content-Length:\r\n", "Content-Length : 1\r\n", "Content-Length\r\n",
        "A: b\r\n Content-Length: 1\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: identity\r\n", "Transfer-Encoding: %63hunked\r\n",
        "Transfer-Encoding:\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 1\n", "A: b\rContent-Length: 1\r\n", ": 1\r\n", "A\x01: b\r\n",
        "A: b\x7f\r\n"}) {
    EXPECT_NE(Of(headers).problem, "") << headers;
  }
  EXPECT_NE(Of(std::string("A: \0\r\n", 6)).problem, "");
  EXPECT_EQ(Of("A: b\tc \x80\r\nX-Empty:\r\n!#$%&'*+-.^_`|~: 1\r\n").problem, "");
}

TEST(HeadTest, KeepsAllButRanges) {
  EXPECT_EQ(Of("A: 1\r\nRANGE: bytes=9-1\r\nIf-Range: x\r\n").text,
            "POST / HTTP/1.1\r\nA: 1\r\nIf-Range: x\r\n\r\n");
  EXPECT_EQ(ReadHead("range: / HTTP/1.1\r\n\r\n").text, "range: / HTTP/1.1\r\n\r\n");
}

TEST(HeadTest, EndsWhereItIsCutOff) {
  EXPECT_EQ(ReadHead("").text, "");
  const Head head = ReadHead("GET / HTTP/1.1\r\nA");
  EXPECT_EQ(head.text, "GET / HTTP/1.1\r\nA");
  EXPECT_NE(head.problem, "");
}

}  // namespace
}  // namespace pgattic::http_server
