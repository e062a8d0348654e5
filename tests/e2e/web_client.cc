#include "web_client.h"

#include <algorithm>
#include <cctype>

#include "tests/support/s3/socket.h"

namespace pgattic::test {
namespace {

std::string Lines(const WebClient::Headers& headers) {
  std::string lines = "Host: localhost\r\nConnection: close\r\n";
  for (const auto& [name, value] : headers) lines += name + ": " + value + "\r\n";
  return lines;
}

}  // namespace

std::string WebClient::Raw(const std::string& bytes) const {
  const Socket socket = ConnectToLoopback(port_);
  if (!socket.is_open()) return "";
  // The answer may come, and the connection end, before all is sent.
  socket.SendAll(bytes);
  std::string answer;
  while (socket.Receive(answer)) {
  }
  return answer;
}

Page WebClient::Parse(const std::string& answer) {
  Page page;
  const std::size_t end = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.1 ") || end == answer.npos) return page;
  page.status = std::stoi(answer.substr(9, 3));
  page.body = answer.substr(end + 4);
  for (std::size_t at = answer.find("\r\n") + 2; at < end;) {
    const std::size_t stop = answer.find("\r\n", at);
    const std::size_t colon = answer.find(": ", at);
    std::string name = answer.substr(at, colon - at);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    page.headers[name] = answer.substr(colon + 2, stop - colon - 2);
    at = stop + 2;
  }
  return page;
}

Page WebClient::Get(const std::string& target, const Headers& headers) const {
  return Parse(Raw("GET " + target + " HTTP/1.1\r\n" + Lines(headers) + "\r\n"));
}

Page WebClient::Post(const std::string& target, const std::string& body,
                     const std::string& content_type, const Headers& headers) const {
  return Parse(Raw("POST " + target + " HTTP/1.1\r\n" + Lines(headers) +
                   "Content-Type: " + content_type +
                   "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body));
}

}  // namespace pgattic::test
