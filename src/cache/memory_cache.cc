#include "cache/memory_cache.h"

#include <functional>
#include <iterator>

#include "base/check.h"

namespace pgattic::cache {

using TimePoint = std::chrono::steady_clock::time_point;

/// One lock's worth of the cache.
class MemoryCache::Shard {
 public:
  explicit Shard(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  std::optional<std::string> Get(std::string_view key, TimePoint now) {
    const std::lock_guard lock(mutex_);
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return std::nullopt;
    if (found->second->ends_at <= now) {
      Remove(found->second);
      return std::nullopt;
    }
    by_use_.splice(by_use_.begin(), by_use_, found->second);
    return found->second->value;
  }

  bool Put(std::string_view key, std::string_view value, TimePoint ends_at) {
    const std::lock_guard lock(mutex_);
    const std::size_t size = SizeOf(key, value);
    if (size > max_bytes_) return false;
    if (const auto found = by_key_.find(key); found != by_key_.end()) Remove(found->second);
    while (bytes_ + size > max_bytes_) Remove(std::prev(by_use_.end()));
    by_use_.push_front(Entry{std::string(key), std::string(value), ends_at});
    by_key_.emplace(by_use_.front().key, by_use_.begin());
    bytes_ += size;
    return true;
  }

  void Remove(std::string_view key) {
    const std::lock_guard lock(mutex_);
    if (const auto found = by_key_.find(key); found != by_key_.end()) Remove(found->second);
  }

  std::size_t bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }

 private:
  struct Entry {
    std::string key;
    std::string value;
    TimePoint ends_at;
  };
  using Place = std::list<Entry>::iterator;

  static std::size_t SizeOf(std::string_view key, std::string_view value) {
    // The nodes of list and map, and what the allocator adds to four blocks.
    constexpr std::size_t kOverhead = sizeof(Entry) + 128;
    return key.size() + value.size() + kOverhead;
  }
  void Remove(Place place) {
    bytes_ -= SizeOf(place->key, place->value);
    by_key_.erase(place->key);
    by_use_.erase(place);
  }

  const std::size_t max_bytes_;
  mutable std::mutex mutex_;  ///< Guards all below.
  std::size_t bytes_ = 0;
  std::list<Entry> by_use_;                             ///< Last used first.
  std::unordered_map<std::string_view, Place> by_key_;  ///< Keys lie in by_use_.
};

MemoryCache::MemoryCache(Clock& clock, const MemoryCacheOptions& options)
    : clock_(clock), options_(options) {
  PGATTIC_CHECK(options.shards > 0, "a cache without shards");
  for (std::size_t i = 0; i < options.shards; ++i) {
    shards_.push_back(std::make_unique<Shard>(options.max_bytes / options.shards));
  }
}

MemoryCache::~MemoryCache() = default;

Result<std::optional<std::string>> MemoryCache::Get(const OpContext&, std::string_view key) {
  return ShardOf(key).Get(key, clock_.SteadyNow());
}

Result<std::vector<std::optional<std::string>>> MemoryCache::GetMany(
    const OpContext&, std::span<const std::string> keys) {
  const TimePoint now = clock_.SteadyNow();
  std::vector<std::optional<std::string>> values;
  values.reserve(keys.size());
  for (const std::string& key : keys) values.push_back(ShardOf(key).Get(key, now));
  return values;
}

Result<bool> MemoryCache::Put(const OpContext&, std::string_view key, std::string_view value,
                              std::chrono::milliseconds ttl) {
  return ShardOf(key).Put(key, value, clock_.SteadyNow() + ttl);
}

Status MemoryCache::Remove(const OpContext&, std::span<const std::string> keys) {
  for (const std::string& key : keys) ShardOf(key).Remove(key);
  return Status::Ok();
}

Status MemoryCache::Check(const OpContext&) { return Status::Ok(); }

std::string MemoryCache::Describe() const {
  return "memory, at most " + std::to_string(options_.max_bytes >> 20) + " MiB";
}

std::size_t MemoryCache::bytes() const {
  std::size_t sum = 0;
  for (const auto& shard : shards_) sum += shard->bytes();
  return sum;
}

MemoryCache::Shard& MemoryCache::ShardOf(std::string_view key) {
  // Other bits than the shard's own table uses.
  return *shards_[(std::hash<std::string_view>{}(key) >> 48) % shards_.size()];
}

}  // namespace pgattic::cache
