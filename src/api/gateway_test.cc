// Who is let in, how many, and what a refusal looks like.
#include "api/gateway.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "store/memory_object_store.h"

namespace pgattic::api {
namespace {

using http_server::Request;
using http_server::Response;

class GatewayTest : public ::testing::Test {
 protected:
  void Open(const GatewayOptions& options, const std::string& tokens_file = "") {
    auto tokens = Tokens::Load(tokens_file, clock_);
    ASSERT_TRUE(tokens.ok()) << tokens.error().ToString();
    tokens_ = std::move(*tokens);
    gateway_ = std::make_unique<Gateway>(
        GatewayParts{api_, health_, overview_, *tokens_, registry_, clock_}, options,
        std::stop_token());
  }
  /// A file of this test alone: others of this program run beside it.
  static std::string TokensFile(const std::string& lines) {
    std::string file = ::testing::TempDir() + "gateway-tokens-" + std::to_string(::getpid());
    std::ofstream(file) << lines;
    return file;
  }
  static Request Ask(const std::string& target, const std::string& method = "GET") {
    Request request;
    request.method = method;
    request.target = target;
    return request;
  }
  /// The whole way of one request.
  Response Do(Request request) {
    std::optional<Response> refusal = gateway_->Admit(request);
    Response response = refusal ? std::move(*refusal) : gateway_->Answer(request);
    gateway_->Done(request, {.status = response.status});
    return response;
  }
  static std::string HeaderOf(const Response& response, const std::string& name) {
    for (const auto& [known, value] : response.headers) {
      if (known == name) return value;
    }
    return "";
  }

  ManualClock clock_{WallTime{}};
  metrics::Registry registry_;
  pg::Pool pool_{{.conninfo = "host=/nowhere"}, 1};
  ArchiveApi api_{{}, pool_, 10};
  store::MemoryObjectStore store_;
  Overview overview_{pool_, {}, false, clock_};
  Health health_{pool_, {store_}, {}, clock_, {}};
  std::unique_ptr<Tokens> tokens_;
  std::unique_ptr<Gateway> gateway_;
};

TEST_F(GatewayTest, AnswersHealthAndNothingElseWithoutAToken) {
  const std::string file = TokensFile("a-token-of-16-letters\n");
  Open({}, file);
  EXPECT_EQ(Do(Ask("/healthz")).status, 200);
  EXPECT_EQ(Do(Ask("/readyz")).status, 503);  // No PostgreSQL here.
  for (const char* target : {"/v1/games/a", "/v1/rows/a.b/c", "/v1/archives", "/metrics",
                             "/nothing", "/v1/overview", "/pgattic.v1.ArchiveService/GetGame"}) {
    const Response response = Do(Ask(target));
    EXPECT_EQ(response.status, 401) << target;
    EXPECT_EQ(HeaderOf(response, "WWW-Authenticate"), "Bearer");
  }
  Request allowed = Ask("/metrics");
  allowed.headers["authorization"] = "Bearer a-token-of-16-letters";
  EXPECT_EQ(Do(allowed).status, 200);
}

TEST_F(GatewayTest, HidesWhyABackendIsIll) {
  const std::string file = TokensFile("a-token-of-16-letters\n");
  Open({}, file);
  EXPECT_EQ(Do(Ask("/readyz")).body.find("nowhere"), std::string::npos);
  Request allowed = Ask("/readyz");
  allowed.headers["authorization"] = "Bearer a-token-of-16-letters";
  EXPECT_NE(Do(allowed).body.find("nowhere"), std::string::npos);
}

TEST_F(GatewayTest, LetsSoManyThroughASecond) {
  Open({.per_second = 2});
  EXPECT_EQ(Do(Ask("/nothing")).status, 404);
  EXPECT_EQ(Do(Ask("/nothing")).status, 404);
  const Response limited = Do(Ask("/nothing"));
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(HeaderOf(limited, "Retry-After"), "1");
  const Response connect = Do(Ask("/pgattic.v1.ArchiveService/GetGame", "POST"));
  EXPECT_EQ(connect.status, 429);
  EXPECT_EQ(nlohmann::json::parse(connect.body)["code"], "resource_exhausted");
  EXPECT_EQ(Do(Ask("/healthz")).status, 200);
  clock_.Advance(std::chrono::milliseconds(600));
  EXPECT_EQ(Do(Ask("/nothing")).status, 404);
}

TEST_F(GatewayTest, LetsSoManyThroughASecondOfEachClient) {
  Open({.per_second_of_client = 2});
  const auto ask = [&](const std::string& peer) {
    Request request = Ask("/v1/rows/none/1");
    request.peer = peer;
    return Do(request);
  };
  for (int i = 0; i < 2; ++i) EXPECT_EQ(ask("10.0.0.1").status, 404);
  const Response refused = ask("10.0.0.1");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(HeaderOf(refused, "Retry-After"), "1");
  EXPECT_EQ(ask("10.0.0.2").status, 404) << "another client's requests are its own";
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_EQ(ask("10.0.0.1").status, 404);
}

TEST_F(GatewayTest, AClientIsItsTokenWhereTokensAreNeeded) {
  const std::string file = TokensFile("a-token-of-16-letters\nanother-token-of-more\n");
  Open({.per_second_of_client = 1}, file);
  const auto ask = [&](const std::string& target, const std::string& peer,
                       const std::string& authorization) {
    Request request = Ask(target);
    request.peer = peer;
    request.headers["authorization"] = authorization;
    return Do(request).status;
  };
  const std::string row = "/v1/rows/none/1";
  EXPECT_EQ(ask(row, "10.0.0.1", "Bearer a-token-of-16-letters"), 404);
  EXPECT_EQ(ask(row, "10.0.0.2", "Bearer a-token-of-16-letters"), 429);
  EXPECT_EQ(ask(row, "10.0.0.2", "bEARER   a-token-of-16-letters "), 429) << "spelt otherwise";
  EXPECT_EQ(ask(row, "10.0.0.2", "Bearer another-token-of-more"), 404);
  // Where none is needed, one that is unknown makes nobody another client.
  EXPECT_EQ(ask("/", "10.0.0.2", "Bearer made-up-token-of-16"), 200);
  EXPECT_EQ(ask("/", "10.0.0.2", "Bearer made-up-token-of-17"), 429);
  EXPECT_EQ(ask("/", "10.0.0.3", "Bearer made-up-token-of-17"), 200);
}

TEST_F(GatewayTest, TellsBreakersAndPools) {
  GatewayOptions options;
  Open(options);
  gateway_ = std::make_unique<Gateway>(
      GatewayParts{.api = api_,
                   .health = health_,
                   .overview = overview_,
                   .tokens = *tokens_,
                   .registry = registry_,
                   .clock = clock_,
                   .vitals =
                       [] {
                         return Vitals{
                             .breakers = {{metrics::Backend::kArchive,
                                           resilience::CircuitBreaker::State::kOpen}},
                             .sessions = {.busy = 3, .idle = 1, .waiting = 7, .limit = 4}};
                       }},
      options, std::stop_token());
  const auto ready = nlohmann::json::parse(Do(Ask("/readyz")).body);
  EXPECT_EQ(ready["breakers"]["archive"], "open");
  const std::string metrics = Do(Ask("/metrics")).body;
  EXPECT_NE(metrics.find("pgattic_pool_places{pool=\"sessions\",state=\"waiting\"} 7"),
            metrics.npos);
  EXPECT_NE(metrics.find("pgattic_pool_places{pool=\"requests\",state=\"limit\"} 64"),
            metrics.npos);
}

TEST_F(GatewayTest, LetsSoManyThroughAtATime) {
  Open({.most_requests = 2});
  Request first = Ask("/nothing");
  Request second = Ask("/nothing");
  Request third = Ask("/nothing");
  EXPECT_FALSE(gateway_->Admit(first));
  EXPECT_FALSE(gateway_->Admit(second));
  const std::optional<Response> refusal = gateway_->Admit(third);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->status, 503);
  EXPECT_NE(HeaderOf(*refusal, "Retry-After"), "");
  EXPECT_EQ(Do(Ask("/healthz")).status, 200);
  gateway_->Done(third, {.status = 503});
  gateway_->Done(second, {.status = 404});
  EXPECT_EQ(Do(Ask("/nothing")).status, 404);
  gateway_->Done(first, {.status = 404});
}

TEST_F(GatewayTest, WhoeverWatchesTakesNoPlaceFromRows) {
  Open({.most_requests = 2});
  std::vector<Request> watching = {Ask("/readyz"), Ask("/readyz"), Ask("/metrics")};
  for (Request& request : watching) EXPECT_FALSE(gateway_->Admit(request));
  Request first = Ask("/v1/rows/none/1");
  Request second = Ask("/v1/rows/none/1");
  EXPECT_FALSE(gateway_->Admit(first));
  EXPECT_FALSE(gateway_->Admit(second));
  for (const Request& request : watching) gateway_->Done(request, {.status = 200});
  EXPECT_EQ(Do(Ask("/v1/rows/none/1")).status, 503) << "two are under way still";
  gateway_->Done(first, {.status = 404});
  gateway_->Done(second, {.status = 404});
  EXPECT_EQ(Do(Ask("/v1/rows/none/1")).status, 404);
}

TEST_F(GatewayTest, GivesEachRequestAnId) {
  Open({});
  const std::string made = HeaderOf(Do(Ask("/nothing")), "X-Request-Id");
  EXPECT_EQ(made.size(), 32U);
  Request given = Ask("/nothing");
  given.headers["x-request-id"] = "client-7.a_B";
  EXPECT_EQ(HeaderOf(Do(given), "X-Request-Id"), "client-7.a_B");
  for (const std::string bad :
       {"a b", "a\"b", "a\x01", "\xc3\xa9",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
    given.headers["x-request-id"] = bad;
    EXPECT_NE(HeaderOf(Do(given), "X-Request-Id"), bad);
  }
}

TEST_F(GatewayTest, SaysNoWhileItDrains) {
  Open({});
  gateway_->Drain();
  const Response response = Do(Ask("/readyz"));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(nlohmann::json::parse(response.body)["draining"], true);
}

TEST_F(GatewayTest, CountsByRouteAndStatus) {
  Open({});
  Do(Ask("/healthz"));
  Do(Ask("/nothing"));
  const std::string text = Do(Ask("/metrics")).body;
  EXPECT_NE(text.find("pgattic_http_requests_total{route=\"healthz\",status=\"success\"} 1"),
            text.npos)
      << text;
  EXPECT_NE(text.find("pgattic_http_requests_total{route=\"unknown\",status=\"client_error\"} 1"),
            text.npos);
  EXPECT_NE(text.find("pgattic_http_requests_under_way 1"), text.npos);
}

}  // namespace
}  // namespace pgattic::api
