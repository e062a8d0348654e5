// What the server and those who answer exchange: a request, a response, and the port between.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pgattic::http_server {

/// One request. A plain value.
struct Request {
  std::string method;
  std::string target;                          ///< Path and query as they were sent, not decoded.
  std::map<std::string, std::string> headers;  ///< Names in lower case; the first of a name.
  std::string body;                            ///< Decompressed.
  std::string peer;                            ///< Address of the other side.
  std::string id;                              ///< Of the request; given by the service.

  /// "" when there is none. `name` in lower case.
  std::string Header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

/// One answer. A plain value.
struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  bool compressible = true;  ///< The body may be compressed where the client asks for it.
};

/// What became of one request. A plain value.
struct Outcome {
  int status = 0;
  std::int64_t bytes = 0;  ///< Of the body that was sent.
  std::chrono::microseconds took{0};
};

/// Who answers. Its calls come from many threads at a time. Of one request they come in this
/// order, by one thread: Admit, then Answer unless it was refused or its body is no good, then
/// Done. None may throw.
class Service {
 public:
  virtual ~Service() = default;

  /// Given the head alone, before any of the body is read. May set request.id. A response
  /// refuses the request; the connection is closed if there is a body.
  virtual std::optional<Response> Admit(Request& request) = 0;
  /// May block.
  virtual Response Answer(const Request& request) = 0;
  /// Words a refusal of the server's own: 400, 405, 413, 414, 415.
  virtual Response Refuse(const Request& request, int status, const std::string& message) = 0;
  /// Always called after Admit. `outcome` is what was written, or tried to be.
  virtual void Done(const Request& request, const Outcome& outcome) = 0;
};

}  // namespace pgattic::http_server
