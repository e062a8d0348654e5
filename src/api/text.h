// Text that came from outside: percent-encoding, numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pgattic::api {

/// Returns the text behind percent-encoding (RFC 3986, section 2.1); nullopt when a '%' is not
/// followed by two hex digits or the outcome is not text. '+' is itself. Pure.
std::optional<std::string> PercentDecode(std::string_view text);

/// Returns a whole number of at most `most_digits` digits, without sign; else nullopt. Pure.
std::optional<std::int64_t> ParseDigits(std::string_view text, std::size_t most_digits);

}  // namespace pgattic::api
