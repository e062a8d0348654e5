// What a person writes for a value: times, sizes, numbers, names, tags.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "pg/identifier.h"

namespace pgattic::service {

// Each returns InvalidArgument that says what to write instead. None blocks.

/// "7d", "12h", "30m", "10s", "200ms" or "0".
Result<std::chrono::milliseconds> ParseDuration(const std::string& text);
/// "256MiB", "1GiB", "64KiB" or plain bytes.
Result<std::int64_t> ParseSize(const std::string& text);
/// A whole number from `least` to `most`.
Result<int> ParseWhole(const std::string& text, int least, int most);
/// "true" or "false".
Result<bool> ParseFlag(const std::string& text);
/// "schema.table", either quoted as in SQL; without a schema it is public.
Result<pg::QualifiedName> ParseTableName(const std::string& text);
/// "a=b&c=d", URL-encoded as x-amz-tagging is (S3 API, PutObject); + is a space.
Result<std::map<std::string, std::string>> ParseTags(const std::string& text);

}  // namespace pgattic::service
