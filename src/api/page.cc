#include "api/page.h"

namespace pgattic::api {
namespace {

std::string TypeOf(std::string_view name) {
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  return "text/html; charset=utf-8";
}

}  // namespace

http_server::Response AnswerPage(const std::string& name) {
  const std::string wanted = name.empty() ? "index.html" : name;
  http_server::Response response;
  response.status = 404;
  for (const PageFile& file : PageFiles()) {
    if (file.name != wanted) continue;
    response.status = 200;
    response.content_type = TypeOf(file.name);
    response.body = std::string(file.text);
    response.headers.emplace_back("Content-Security-Policy",
                                  "default-src 'none'; script-src 'self'; style-src 'self'; "
                                  "connect-src 'self'; img-src data:; base-uri 'none'; "
                                  "form-action 'none'; frame-ancestors 'none'");
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
    response.headers.emplace_back("Cache-Control", "no-cache");
  }
  return response;
}

}  // namespace pgattic::api
