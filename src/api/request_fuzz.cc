// Any request, as REST and as Connect: it is answered, in the form that a client can read.
#include <nlohmann/json.hpp>
#include <stop_token>

#include "api/connect.h"
#include "api/rest.h"
#include "base/check.h"
#include "base/utf8.h"
#include "tests/fuzz/fuzz_target.h"

namespace pgattic::fuzz {

// Target, content type, Connect-Timeout-Ms and body, a line each.
std::vector<std::string> Seeds() {
  const std::string service = "/pgattic.v1.ArchiveService/";
  return {service + "GetGame\napplication/json\n1000\n{\"id\":\"abc\"}",
          service + "GetGame?connect=v1&encoding=proto&base64=1&message=CgNhYmM\n\n\n",
          service +
              "BatchGetGames\napplication/proto\n\n\x0a\x03"
              "abc\x0a\x01z",
          service +
              "GetRow\napplication/json;charset=utf-8\n5\n{\"source\":\"a.b\",\"id\":\"\\u00e9\"}",
          service + "ListArchives\napplication/json\n\n{}",
          "/v1/games/a%2Fb%E2%82%AC?x=y\n\n\n",
          "/v1/rows/public.t/1?created_at=2024-01-01\n\n\n",
          "/v1/games:batchGet\napplication/json\n\n{\"ids\":[\"a\",\"b\"]}"};
}

namespace {

std::string TakeLine(std::string& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string line = text.substr(0, end);
  text.erase(0, end + 1);
  return line;
}

void Check(const http_server::Response& response) {
  PGATTIC_CHECK(response.status >= 200 && response.status < 600, "no status");
  PGATTIC_CHECK(response.status != 500, response.body);
  if (response.content_type != "application/json" || response.body.empty()) return;
  PGATTIC_CHECK(IsText(response.body), "an answer that is no text");
  PGATTIC_CHECK(nlohmann::json::parse(response.body, nullptr, false).is_object(), response.body);
}

}  // namespace
}  // namespace pgattic::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pgattic;  // NOLINT: a program of its own
  using metrics::HttpRoute;
  std::string text(reinterpret_cast<const char*>(data), size);
  http_server::Request request;
  request.target = fuzz::TakeLine(text);
  request.headers["content-type"] = fuzz::TakeLine(text);
  request.headers["connect-timeout-ms"] = fuzz::TakeLine(text);
  request.body = text;
  // Nothing is configured, and whoever would connect is stopped.
  std::stop_source stop;
  stop.request_stop();
  static pg::Pool pool({.conninfo = "host=/nowhere"}, 1);
  static api::ArchiveApi api({}, pool, 10);
  const OpContext ctx(SystemClock(), stop.get_token());
  const Result<api::Route> route = api::ParseTarget(request.target);
  if (!route.ok()) return 0;
  for (const char* method : {"GET", "POST"}) {
    request.method = method;
    const bool is_rest = route->name == HttpRoute::kGame || route->name == HttpRoute::kGames ||
                         route->name == HttpRoute::kRow || route->name == HttpRoute::kArchives;
    if (is_rest) fuzz::Check(api::AnswerRest(ctx, api, *route, request));
    if (route->name != HttpRoute::kConnect) continue;
    fuzz::Check(api::AnswerConnect(ctx, api, *route, request));
  }
  return 0;
}
