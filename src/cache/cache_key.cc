#include "cache/cache_key.h"

#include <algorithm>

#include "base/hash.h"

namespace pgattic::cache {
namespace {

constexpr std::size_t kLongestPlain = 64;

/// Neither the separator nor the mark of a hash.
bool IsPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

std::string Field(std::string_view text) {
  if (text.size() <= kLongestPlain && std::all_of(text.begin(), text.end(), IsPlain)) {
    return std::string(text);
  }
  return "#" + Sha256::Of(AsBytes(text));
}

}  // namespace

std::string CacheSource(std::string_view source, std::string_view archive_nonce) {
  return std::string(source) + "@" + std::string(archive_nonce);
}

std::string CacheKey(const RowAddress& row) {
  return "s3game:1:" + Field(row.source) + ":" + std::to_string(row.archive_id) + ":" +
         std::to_string(row.revision) + ":" + Field(row.id);
}

}  // namespace pgattic::cache
