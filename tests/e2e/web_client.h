// WebClient: requests to `pgattic serve`, as a client makes them and as one should not.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace pgattic::test {

/// One answer. A plain value.
struct Page {
  int status = 0;                              ///< 0: none came.
  std::map<std::string, std::string> headers;  ///< Names in lower case.
  std::string body;
  nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
  std::string Header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

/// Plain HTTP/1.1 over a socket of its own for each request, so that the bytes on the wire are
/// those of the test. Thread-safe.
class WebClient {
 public:
  using Headers = std::map<std::string, std::string>;

  explicit WebClient(std::uint16_t port) : port_(port) {}

  Page Get(const std::string& target, const Headers& headers = {}) const;
  Page Post(const std::string& target, const std::string& body, const std::string& content_type,
            const Headers& headers = {}) const;
  /// Sends these bytes and reads to the end of the connection.
  std::string Raw(const std::string& bytes) const;

  static Page Parse(const std::string& answer);
  std::uint16_t port() const { return port_; }

 private:
  std::uint16_t port_;
};

}  // namespace pgattic::test
