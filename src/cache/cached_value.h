// How a value lies in Redis: compressed, and so marked that nothing else is taken for one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pgattic::cache {

/// Returns `value` as it is stored under `key`: a byte for the format, eight of a checksum over key
/// and payload, one zstd frame (RFC 8878) that says its size. Internal when zstd cannot.
Result<std::string> EncodeValue(std::string_view key, std::string_view value);

/// Returns the value, or nullopt for anything that EncodeValue did not make for this very key, or
/// whose value is larger than `max_bytes`. Never an error: whatever lies there is a miss.
std::optional<std::string> DecodeValue(std::string_view key, std::string_view stored,
                                       std::size_t max_bytes);

}  // namespace pgattic::cache
