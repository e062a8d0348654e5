// Appending values to text: COPY fields, JSON strings, base64, numbers, instants.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pgattic::sandbox {

void AppendInt(std::string& out, std::int64_t value);

/// Appends a value of COPY's text format: backslash, tab and line ends escaped.
void AppendCopyField(std::string& out, std::string_view value);

/// Appends a JSON string with its quotes. UTF-8 stays as it is; RFC 8259 asks no more than
/// quotes, backslashes and control characters to be escaped.
void AppendJsonString(std::string& out, std::string_view value);

/// Appends base64 with padding (RFC 4648), as protobuf's JSON has bytes.
void AppendBase64(std::string& out, std::string_view bytes);

/// Appends lower-case hex.
void AppendHex(std::string& out, std::string_view bytes);

/// Appends "2024-01-31 23:59:59.999999+00". REQUIRES: years 1000 to 9999.
void AppendTimestamp(std::string& out, std::int64_t at_us);

/// Appends "2024-01-31T23:59:59.999999Z".
void AppendRfc3339(std::string& out, std::int64_t at_us);

}  // namespace pgattic::sandbox
