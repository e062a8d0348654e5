// Bodies of answers, compressed as the client asks for it (RFC 9110, section 12.5.3).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pgattic::http_server {

enum class Coding { kIdentity, kGzip, kZstd };

/// Returns the name as it is in Content-Encoding.
std::string_view CodingName(Coding coding);

/// Returns the best coding that an Accept-Encoding header allows: zstd before gzip where both
/// are liked the same. Anything that is not understood is not allowed. Pure.
Coding ChooseCoding(std::string_view accept_encoding);

/// Returns `body` in that coding; nullopt when it would not be smaller, or without memory.
std::optional<std::string> Compress(Coding coding, const std::string& body);

}  // namespace pgattic::http_server
