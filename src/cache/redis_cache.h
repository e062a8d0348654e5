// RedisCache: rows kept in Redis, shared by all processes of pgattic.
#pragma once

#include "cache/redis_pool.h"
#include "cache/row_cache.h"

namespace pgattic::cache {

/// Which Redis, and what it may cost.
struct RedisCacheOptions {
  RedisPoolOptions pool = {};
  /// Of one call, dialling included; the caller's deadline may be earlier.
  std::chrono::milliseconds budget{20};
  /// Of a value as given. Larger ones are refused, and taken for garbage when found.
  std::size_t max_value_bytes = std::size_t{4} << 20;
};

/// SET with an end of life and MGET. Values lie compressed and checked (cached_value.h); whatever
/// else lies under a key, of any type, is a miss. Nothing is dialled before the first call, so that
/// a process starts without its Redis. Thread-safe.
class RedisCache final : public RowCache {
 public:
  RedisCache(Clock& clock, RedisCacheOptions options);

  Result<std::optional<std::string>> Get(const OpContext& ctx, std::string_view key) override;
  Result<std::vector<std::optional<std::string>>> GetMany(
      const OpContext& ctx, std::span<const std::string> keys) override;
  /// The time is `ttl` more or less up to a tenth, by key: what is put at once does not end at
  /// once. Not kept: larger than max_value_bytes, or Redis is at its maxmemory.
  Result<bool> Put(const OpContext& ctx, std::string_view key, std::string_view value,
                   std::chrono::milliseconds ttl) override;
  Status Remove(const OpContext& ctx, std::span<const std::string> keys) override;
  Status Check(const OpContext& ctx) override;
  std::string Describe() const override;

 private:
  const RedisCacheOptions options_;
  RedisPool pool_;
};

}  // namespace pgattic::cache
