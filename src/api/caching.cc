#include "api/caching.h"

#include "api/rest_json.h"
#include "base/hash.h"

namespace pgattic::api {
namespace {

/// Weak: the same in every content coding.
std::string ETagOf(const std::string& content) {
  return "W/\"" + Sha256::Of(AsBytes(content)).substr(0, 32) + "\"";
}

/// If-None-Match compares weakly (RFC 9110, section 13.1.2).
bool Matches(const std::string& if_none_match, const std::string& etag) {
  return if_none_match == "*" || if_none_match.find(etag.substr(2)) != if_none_match.npos;
}

http_server::Response WithETag(const http_server::Request& request, const std::string& content,
                               const char* cache_control, http_server::Response response) {
  const std::string etag = ETagOf(content);
  response.headers.emplace_back("ETag", etag);
  response.headers.emplace_back("Cache-Control", cache_control);
  if (Matches(request.Header("if-none-match"), etag)) {
    response.status = 304;
    response.body.clear();
  }
  return response;
}

}  // namespace

void AddSource(v1::Tier tier, http_server::Response& response) {
  const std::string_view name = TierName(tier);
  if (!name.empty()) response.headers.emplace_back("X-Pgattic-Source", std::string(name));
}

http_server::Response Kept(const http_server::Request& request, const std::string& content,
                           http_server::Response response) {
  return WithETag(request, content, "private, max-age=3600, immutable", std::move(response));
}

http_server::Response Revalidated(const http_server::Request& request, const std::string& content,
                                  http_server::Response response) {
  return WithETag(request, content, "private, no-cache", std::move(response));
}

}  // namespace pgattic::api
