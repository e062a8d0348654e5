#include "http/client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stop_token>
#include <thread>

#include "tests/support/s3/http_tap.h"

namespace pgattic::http {
namespace {

using test::HttpTap;
using test::TapAction;
using test::TapRequest;

class ClientTest : public ::testing::Test {
 protected:
  /// Answers each request with `action`; the last request is kept.
  void Answer(TapAction action) {
    tap_.SetHook([this, action](const TapRequest& request) {
      last_ = request;
      return action;
    });
  }
  Request Get(const std::string& path = "/") const { return {.url = tap_.endpoint() + path}; }

  HttpTap tap_{0};
  TapRequest last_;
  Client client_{ClientOptions{}};
};

TEST_F(ClientTest, GivesStatusHeadersAndBody) {
  Answer(TapAction::Reply("503 Busy", "later", "Retry-After:  7 \r\nX-Two: a:b\r\n"));
  const auto response = client_.Send({}, Get("/a?b=c"));
  ASSERT_TRUE(response.ok()) << response.error().ToString();
  EXPECT_EQ(response->status, 503);
  EXPECT_EQ(response->body, "later");
  EXPECT_EQ(response->Header("retry-after"), "7");
  EXPECT_EQ(response->Header("x-two"), "a:b");
  EXPECT_EQ(response->Header("absent"), "");
  EXPECT_EQ(last_.method, "GET");
  EXPECT_EQ(last_.target, "/a?b=c");
}

TEST_F(ClientTest, SendsBodyHeadersAndIdentity) {
  Answer(TapAction::Reply("200 OK", ""));
  Request request = Get();
  request.method = "POST";
  request.body = std::string("a\0b", 3);
  request.headers = {{"X-One", "1"}, {"X-Empty", ""}};
  request.user = "who";
  request.password = Secret("why");
  ASSERT_TRUE(client_.Send({}, request).ok());
  EXPECT_EQ(last_.method, "POST");
  EXPECT_EQ(last_.body, request.body);
  EXPECT_EQ(last_.Header("x-one"), "1");
  EXPECT_NE(last_.head.find("X-Empty:"), last_.head.npos);
  EXPECT_EQ(last_.Header("authorization"), "Basic d2hvOndoeQ==");
  EXPECT_EQ(last_.Header("expect"), "");
  request = Get();
  request.method = "DELETE";
  request.bearer = Secret("token");
  ASSERT_TRUE(client_.Send({}, request).ok());
  EXPECT_EQ(last_.method, "DELETE");
  EXPECT_EQ(last_.Header("authorization"), "Bearer token") << "nothing of the request before";
  EXPECT_EQ(last_.Header("x-one"), "");
}

TEST_F(ClientTest, SignsEachHeaderThatItSends) {
  Answer(TapAction::Reply("200 OK", ""));
  Request request = Get();
  request.method = "POST";
  request.body = "{}";
  request.headers = {{"X-Amz-Target", "AmazonAthena.GetQueryExecution"}};
  request.sign = AwsSignature{"AKID", Secret("secret"), Secret("session"), "eu-west-1", "athena"};
  ASSERT_TRUE(client_.Send({}, request).ok());
  const std::string given = last_.Header("authorization");
  EXPECT_TRUE(given.starts_with("AWS4-HMAC-SHA256 Credential=AKID/")) << given;
  EXPECT_NE(given.find("/eu-west-1/athena/aws4_request"), given.npos) << given;
  EXPECT_NE(given.find("x-amz-security-token"), given.npos) << given;
  EXPECT_NE(given.find("x-amz-target"), given.npos) << given;
  EXPECT_EQ(given.find("expect"), given.npos) << "signed, but not sent: " << given;
  EXPECT_EQ(last_.Header("x-amz-security-token"), "session");
  EXPECT_EQ(last_.head.find("secret"), last_.head.npos);
}

TEST_F(ClientTest, RefusesValuesThatWouldBeHeadersOfTheirOwn) {
  Answer(TapAction::Reply("200 OK", ""));
  Request request = Get();
  request.headers = {{"X-One", "1\r\nX-Two: 2"}};
  EXPECT_TRUE(client_.Send({}, request).Is(Code::kInvalidArgument));
  request = Get();
  request.bearer = Secret("a\nb");
  const auto refused = client_.Send({}, request);
  ASSERT_TRUE(refused.Is(Code::kInvalidArgument));
  EXPECT_EQ(refused.error().message.find("a\nb"), std::string::npos);
  EXPECT_TRUE(tap_.TakeRecords().empty());
}

TEST_F(ClientTest, FollowsNoRedirect) {
  Answer(TapAction::Reply("302 Found", "", "Location: " + tap_.endpoint() + "/other\r\n"));
  const auto response = client_.Send({}, Get());
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(tap_.TakeRecords().size(), 1U);
}

TEST_F(ClientTest, BoundsAnAnswer) {
  ClientOptions options;
  options.max_body_bytes = 1000;
  Client client(options);
  Answer(TapAction::Reply("200 OK", std::string(1000, 'x')));
  EXPECT_TRUE(client.Send({}, Get()).ok());
  Answer(TapAction::Reply("200 OK", std::string(1001, 'x')));
  EXPECT_TRUE(client.Send({}, Get()).Is(Code::kResourceExhausted));
  Answer(TapAction::Reply("200 OK", "", "X-Long: " + std::string(100'000, 'x') + "\r\n"));
  EXPECT_TRUE(client.Send({}, Get()).Is(Code::kResourceExhausted));
}

TEST_F(ClientTest, WhatIsNoWholeAnswerIsUnavailable) {
  Answer({TapAction::Kind::kDropBefore, ""});
  EXPECT_TRUE(client_.Send({}, Get()).Is(Code::kUnavailable));
  Answer({TapAction::Kind::kReply, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"});
  EXPECT_TRUE(client_.Send({}, Get()).Is(Code::kUnavailable));
  const Request nobody{.url = "http://127.0.0.1:" + std::to_string(test::FreePort())};
  const auto refused = client_.Send({}, nobody);
  ASSERT_TRUE(refused.Is(Code::kUnavailable));
  EXPECT_NE(refused.error().message.find("nobody listens"), std::string::npos);
}

TEST_F(ClientTest, WhatIsNoUrlIsRefused) {
  EXPECT_TRUE(client_.Send({}, {.url = "http://[::1"}).Is(Code::kInvalidArgument));
  EXPECT_TRUE(client_.Send({}, {.url = "file:///etc/passwd"}).Is(Code::kInvalidArgument));
}

TEST_F(ClientTest, AServerThatHangsEndsWithTheDeadlineOrTheStop) {
  Answer({TapAction::Kind::kHang, ""});
  const OpContext brief = OpContext().WithDeadline(std::chrono::milliseconds(30));
  EXPECT_TRUE(client_.Send(brief, Get()).Is(Code::kDeadlineExceeded));
  ClientOptions options;
  options.request_timeout = std::chrono::milliseconds(30);
  EXPECT_TRUE(Client(options).Send({}, Get()).Is(Code::kUnavailable)) << "its own limit";
  std::stop_source stop;
  tap_.SetHook([&](const TapRequest&) {
    stop.request_stop();
    return TapAction{TapAction::Kind::kHang, ""};
  });
  EXPECT_TRUE(client_.Send(OpContext(SystemClock(), stop.get_token()), Get()).Is(Code::kCancelled));
  EXPECT_TRUE(client_.Send(OpContext(SystemClock(), stop.get_token()), Get()).Is(Code::kCancelled));
}

TEST_F(ClientTest, ServesManyThreads) {
  tap_.SetHook(
      [](const TapRequest& request) { return TapAction::Reply("200 OK", request.target); });
  std::atomic<int> right{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        for (int j = 0; j < 10; ++j) {
          const std::string path = "/" + std::to_string(i * 100 + j);
          const auto response = client_.Send({}, Get(path));
          right += response.ok() && response->body == path ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(right, 80);
}

TEST(OriginOf, IsSchemeHostAndPort) {
  EXPECT_EQ(OriginOf("https://a.example:443/x?y").value(), "https://a.example");
  EXPECT_EQ(OriginOf("http://127.0.0.1:8080/").value(), "http://127.0.0.1:8080");
  EXPECT_EQ(OriginOf("http://[::1]:80").value(), "http://[::1]");
  for (const char* bad :
       {"", "a.example:80", "ftp://a", "http://", "https://u@a", "https://u:p@a"}) {
    EXPECT_TRUE(OriginOf(bad).Is(Code::kInvalidArgument)) << bad;
  }
}

}  // namespace
}  // namespace pgattic::http
