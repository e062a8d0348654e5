// RowCache: the port for rows kept at hand.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"

namespace pgattic::cache {

/// A value to be kept. A plain value.
struct CacheEntry {
  std::string key;
  std::string value;
};

/// Text by key (CacheKey) with an end of life. A cache may forget anything at any time; what it
/// gives back is what was put, whole, or nothing. Keys carry a revision, so nothing has to be
/// invalidated for the sake of truth; rows that were erased are removed. Thread-safe. Every call
/// blocks for at most what `ctx` and the cache's own budget allow.
class RowCache {
 public:
  RowCache() = default;
  RowCache(const RowCache&) = delete;
  RowCache& operator=(const RowCache&) = delete;
  virtual ~RowCache() = default;

  /// Returns the value of `key`, or nullopt when it is not there. Errors: Unavailable,
  /// DeadlineExceeded, PermissionDenied and the like say that the cache did not answer.
  virtual Result<std::optional<std::string>> Get(const OpContext& ctx, std::string_view key) = 0;

  /// Returns the values of `keys`, in their order, in one round trip.
  virtual Result<std::vector<std::optional<std::string>>> GetMany(
      const OpContext& ctx, std::span<const std::string> keys) = 0;

  /// Keeps `value` for about `ttl` (> 0), in the place of what was there. Returns whether it was
  /// kept: no room is not an error, and leaves what was there.
  virtual Result<bool> Put(const OpContext& ctx, std::string_view key, std::string_view value,
                           std::chrono::milliseconds ttl) = 0;

  /// Keeps `entry(0)` … `entry(count - 1)`, each as Put does and made when it is its turn. The
  /// first error ends it.
  using EntryOf = std::function<CacheEntry(std::size_t)>;
  virtual Status PutMany(const OpContext& ctx, std::size_t count, const EntryOf& entry,
                         std::chrono::milliseconds ttl) {
    for (std::size_t i = 0; i < count; ++i) {
      const CacheEntry next = entry(i);
      PGATTIC_RETURN_IF_ERROR(Put(ctx, next.key, next.value, ttl).status());
    }
    return Status::Ok();
  }

  /// Forgets `keys`, those that are not there too: rows that were erased. An error says that some
  /// may still be there.
  virtual Status Remove(const OpContext& ctx, std::span<const std::string> keys) = 0;

  /// Returns Ok when the cache answers; for health pages.
  virtual Status Check(const OpContext& ctx) = 0;

  /// Returns what and where it is, without secrets: "redis 127.0.0.1:6379/0".
  virtual std::string Describe() const = 0;
};

}  // namespace pgattic::cache
