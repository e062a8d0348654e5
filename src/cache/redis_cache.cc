#include "cache/redis_cache.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/hash.h"
#include "cache/cached_value.h"

namespace pgattic::cache {
namespace {

/// Returns `ttl` times 0.9 to 1.1, always the same for a key.
std::chrono::milliseconds WithJitter(std::chrono::milliseconds ttl, std::string_view key) {
  constexpr std::uint64_t kSteps = 2001;
  const auto step = static_cast<std::int64_t>(HashRow(AsBytes(key)).low % kSteps);
  const auto share = ttl / 10;
  return std::max(ttl - share + share * step / 1000, std::chrono::milliseconds(1));
}

}  // namespace

RedisCache::RedisCache(Clock& clock, RedisCacheOptions options)
    : options_(std::move(options)), pool_(clock, options_.pool) {}

Result<std::optional<std::string>> RedisCache::Get(const OpContext& ctx, std::string_view key) {
  const std::array<std::string, 1> keys = {std::string(key)};
  PGATTIC_ASSIGN_OR_RETURN(auto values, GetMany(ctx, keys));
  return std::move(values[0]);
}

Result<std::vector<std::optional<std::string>>> RedisCache::GetMany(
    const OpContext& ctx, std::span<const std::string> keys) {
  if (keys.empty()) return std::vector<std::optional<std::string>>();
  // MGET for one as well: GET of a key of another type is an error, of MGET it is nothing.
  std::vector<std::string_view> words = {"MGET"};
  words.insert(words.end(), keys.begin(), keys.end());
  PGATTIC_ASSIGN_OR_RETURN(RedisReply reply, pool_.Call(ctx, options_.budget, words));
  if (reply.list.size() != keys.size()) {
    return {Code::kCorruption, "Redis answered MGET with " + std::to_string(reply.list.size()) +
                                   " values for " + std::to_string(keys.size()) +
                                   " keys; see what answers at " + Describe()};
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    std::optional<std::string>& value = reply.list[i];
    if (value) value = DecodeValue(keys[i], *value, options_.max_value_bytes);
  }
  return std::move(reply.list);
}

Result<bool> RedisCache::Put(const OpContext& ctx, std::string_view key, std::string_view value,
                             std::chrono::milliseconds ttl) {
  if (value.size() > options_.max_value_bytes) return false;
  PGATTIC_ASSIGN_OR_RETURN(const std::string stored, EncodeValue(key, value));
  const std::string milliseconds = std::to_string(WithJitter(ttl, key).count());
  const std::array<std::string_view, 5> words = {"SET", key, stored, "PX", milliseconds};
  Result<RedisReply> reply = pool_.Call(ctx, options_.budget, words);
  if (reply.ok()) return true;
  if (reply.error().origin.code == "OOM") return false;
  return std::move(reply).status();
}

Status RedisCache::Remove(const OpContext& ctx, std::span<const std::string> keys) {
  constexpr std::size_t kAtATime = 500;
  for (std::size_t start = 0; start < keys.size(); start += kAtATime) {
    const auto some = keys.subspan(start, std::min(kAtATime, keys.size() - start));
    std::vector<std::string_view> words = {"DEL"};
    words.insert(words.end(), some.begin(), some.end());
    PGATTIC_RETURN_IF_ERROR(pool_.Call(ctx, options_.budget, words).status());
  }
  return Status::Ok();
}

Status RedisCache::Check(const OpContext& ctx) {
  const std::array<std::string_view, 1> words = {"PING"};
  return pool_.Call(ctx, options_.budget, words).status().While("asking " + Describe());
}

std::string RedisCache::Describe() const { return "redis " + options_.pool.endpoint.ToString(); }

}  // namespace pgattic::cache
