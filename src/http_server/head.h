// Head: how long a request is, from the bytes of its head and nobody's reading of them.
#pragma once

#include <string>

namespace pgattic::http_server {

/// A request's head before cpp-httplib parses it, which guesses where bytes are not as they have
/// to be. A proxy before us may guess otherwise, and what it takes for a body we would take for
/// the next request. A plain value.
struct Head {
  std::string text;            ///< What is to be parsed: all but lines that say Range.
  std::string problem;         ///< Why it cannot be told where the request ends; "": it can.
  std::string content_length;  ///< As it was sent; "": it was not.
  bool is_chunked = false;

  bool HasBody() const { return is_chunked || (!content_length.empty() && content_length != "0"); }
};

/// Given all bytes up to the empty line that ends a head. Pure.
Head ReadHead(const std::string& bytes);

}  // namespace pgattic::http_server
