#include "http/curl_error.h"

#include <curl/curl.h>

#include <algorithm>
#include <string_view>

namespace pgattic::http {
namespace {

struct Row {
  CURLcode curl;
  Code code;
  std::string_view remedy;
};

// libcurl, "Error codes" (libcurl-errors.3).
constexpr Row kTable[] = {
    {CURLE_UNSUPPORTED_PROTOCOL, Code::kInvalidArgument, "write http:// or https://"},
    {CURLE_URL_MALFORMAT, Code::kInvalidArgument, "write http://HOST:PORT or https://HOST:PORT"},
    {CURLE_COULDNT_RESOLVE_HOST, Code::kUnavailable, "correct the host or look at DNS"},
    {CURLE_COULDNT_RESOLVE_PROXY, Code::kUnavailable, "correct https_proxy, or set no_proxy"},
    {CURLE_COULDNT_CONNECT, Code::kUnavailable,
     "nobody listens there: start it or correct the URL"},
    {CURLE_OPERATION_TIMEDOUT, Code::kUnavailable, "it took too long to answer: try later"},
    {CURLE_PEER_FAILED_VERIFICATION, Code::kFailedPrecondition,
     "its certificate is not trusted: name its authority's PEM file (ca_file)"},
    {CURLE_SSL_CACERT_BADFILE, Code::kFailedPrecondition, "correct ca_file"},
    {CURLE_SSL_CONNECT_ERROR, Code::kFailedPrecondition, "it does not speak TLS: write http://"},
    {CURLE_OUT_OF_MEMORY, Code::kResourceExhausted, "free memory and run again"},
};

}  // namespace

Status FromCurl(int code, const std::string& url, const std::string& detail) {
  const auto curl = static_cast<CURLcode>(code);
  const auto* const row = std::ranges::find(kTable, curl, &Row::curl);
  const bool is_known = row != std::end(kTable);
  const std::string_view remedy = is_known ? row->remedy : "the connection broke: try later";
  return {is_known ? row->code : Code::kUnavailable,
          url + ": " + (detail.empty() ? curl_easy_strerror(curl) : detail) + "; " +
              std::string(remedy),
          {"curl", std::to_string(code)}};
}

}  // namespace pgattic::http
