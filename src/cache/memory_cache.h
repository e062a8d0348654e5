// MemoryCache: rows kept in this process, bounded by bytes; the default where there is no Redis.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "cache/row_cache.h"

namespace pgattic::cache {

/// How much is kept.
struct MemoryCacheOptions {
  /// Of keys, values and an estimate of what holds them. Least recently used goes first.
  std::size_t max_bytes = std::size_t{64} << 20;
  /// Parts with a lock and a share of the bytes each. A value larger than a share is refused.
  std::size_t shards = 8;
};

/// Least recently used, by key, with an end of life. Thread-safe.
class MemoryCache final : public RowCache {
 public:
  /// REQUIRES: options.shards > 0.
  MemoryCache(Clock& clock, const MemoryCacheOptions& options);
  ~MemoryCache() override;

  Result<std::optional<std::string>> Get(const OpContext& ctx, std::string_view key) override;
  Result<std::vector<std::optional<std::string>>> GetMany(
      const OpContext& ctx, std::span<const std::string> keys) override;
  Result<bool> Put(const OpContext& ctx, std::string_view key, std::string_view value,
                   std::chrono::milliseconds ttl) override;
  Status Remove(const OpContext& ctx, std::span<const std::string> keys) override;
  Status Check(const OpContext& ctx) override;
  std::string Describe() const override;

  /// Returns the bytes held now, by the same estimate that max_bytes bounds.
  std::size_t bytes() const;

 private:
  class Shard;
  Shard& ShardOf(std::string_view key);

  Clock& clock_;
  const MemoryCacheOptions options_;
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace pgattic::cache
