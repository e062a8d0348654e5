#include "http_server/head.h"

#include <algorithm>
#include <string_view>

#include "base/ascii.h"

namespace pgattic::http_server {
namespace {

/// RFC 9110, 5.6.2.
bool IsToken(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != kMarks.npos;
  });
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7F; });
}

std::string_view WithoutBlanks(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t");
  if (from == text.npos) return "";
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

/// Takes up one header; returns what is wrong with it, or "".
std::string Add(std::string_view line, Head& head) {
  const std::size_t colon = line.find(':');
  if (colon == line.npos || !IsToken(line.substr(0, colon)) || HasControl(line)) {
    return "a header is not 'Name: value'";
  }
  const std::string name = AsciiLower(line.substr(0, colon));
  const std::string_view value = WithoutBlanks(line.substr(colon + 1));
  if (name == "content-length") {
    if (value.empty() || !head.content_length.empty()) return "one Content-Length is needed";
    head.content_length = value;
  }
  if (name == "transfer-encoding") {
    if (head.is_chunked || AsciiLower(value) != "chunked") {
      return "of Transfer-Encoding only chunked is read";
    }
    head.is_chunked = true;
  }
  if (head.is_chunked && !head.content_length.empty()) {
    return "Content-Length and Transfer-Encoding exclude each other";
  }
  return "";
}

}  // namespace

Head ReadHead(const std::string& bytes) {
  Head head;
  std::string_view rest = bytes;
  for (bool is_first = true; !rest.empty(); is_first = false) {
    const std::string_view whole = rest.substr(0, std::min(rest.find('\n'), rest.size() - 1) + 1);
    rest.remove_prefix(whole.size());
    const bool is_line = whole.ends_with("\r\n");
    const std::string_view line = whole.substr(0, whole.size() - (is_line ? 2 : 0));
    if (head.problem.empty() && !is_line) head.problem = "a line does not end with CR LF";
    if (head.problem.empty() && !is_first && !line.empty()) head.problem = Add(line, head);
    const bool is_range = !is_first && AsciiLower(line).starts_with("range:");
    if (!is_range) head.text += whole;
  }
  return head;
}

}  // namespace pgattic::http_server
