#include "service/readers.h"

#include <optional>
#include <utility>

#include "cache/best_effort_cache.h"
#include "cache/memory_cache.h"
#include "cache/redis_cache.h"
#include "lookup/source_reader.h"
#include "service/stores.h"

namespace pgattic::service {
namespace {

bool IsRedis(const LookupSettings& settings) {
  return settings.cache_url.Reveal() != "memory" && settings.cache_url.Reveal() != "none";
}

Result<std::unique_ptr<cache::RowCache>> OpenCache(const LookupSettings& settings) {
  if (settings.cache_url.Reveal() == "none") return std::unique_ptr<cache::RowCache>();
  if (!IsRedis(settings)) {
    cache::MemoryCacheOptions options;
    options.max_bytes = static_cast<std::size_t>(settings.cache_bytes);
    return std::unique_ptr<cache::RowCache>(
        std::make_unique<cache::MemoryCache>(SystemClock(), options));
  }
  cache::RedisCacheOptions options;
  PGATTIC_ASSIGN_OR_RETURN(options.pool.endpoint, cache::ParseRedisUrl(settings.cache_url));
  return std::unique_ptr<cache::RowCache>(
      std::make_unique<cache::RedisCache>(SystemClock(), options));
}

class ReadersImpl final : public Readers {
 public:
  ReadersImpl(const LookupSettings& settings, pg::ConnectOptions connect, std::size_t sessions,
              metrics::Registry& registry)
      : settings_(settings),
        pool_(std::move(connect), sessions),
        lookup_probe_(registry),
        cache_probe_(registry,
                     IsRedis(settings) ? metrics::CacheKind::kRedis : metrics::CacheKind::kMemory),
        breaker_probe_(registry, metrics::Backend::kCache) {}

  Status OpenAll(const Config& config) {
    PGATTIC_ASSIGN_OR_RETURN(store_, OpenStore(config));
    PGATTIC_ASSIGN_OR_RETURN(copy_, OpenCopyStore(config));
    PGATTIC_ASSIGN_OR_RETURN(std::unique_ptr<cache::RowCache> inner, OpenCache(settings_));
    if (!inner) return Status::Ok();
    cache_ = std::make_unique<cache::BestEffortCache>(
        std::move(inner), SystemClock(), cache::BestEffortOptions{}, cache_probe_, breaker_probe_);
    return Status::Ok();
  }

  std::unique_ptr<lookup::RowReader> ReaderOf(const catalog::SourceTable& source,
                                              const archive::SourceOptions& options) override {
    lookup::SourceReaderOptions reader;
    reader.is_games = options.is_games;
    reader.footer_cache_bytes = settings_.footer_cache_bytes;
    reader.cache_ttl = settings_.cache_ttl;
    reader.tiers = settings_.tiers;
    reader.reads.deadline = settings_.store_deadline;
    reader.database.deadline = settings_.database_deadline;
    return std::make_unique<lookup::SourceReader>(
        lookup::Backends{pool_, *store_, cache_.get(), copy_.get(), &lookup_probe_}, source,
        reader);
  }
  pg::Pool& pool() override { return pool_; }
  store::ObjectStore& store() override { return *store_; }
  store::ObjectStore* copy() override { return copy_.get(); }
  cache::RowCache* cache() override { return cache_.get(); }

 private:
  const LookupSettings settings_;
  pg::Pool pool_;
  metrics::LookupProbe lookup_probe_;
  metrics::CacheProbe cache_probe_;
  metrics::BreakerProbe breaker_probe_;
  std::unique_ptr<store::ObjectStore> store_;
  std::unique_ptr<store::ObjectStore> copy_;
  std::unique_ptr<cache::RowCache> cache_;
};

}  // namespace

Result<std::unique_ptr<Readers>> Readers::Open(const Config& config, pg::ConnectOptions connect,
                                               std::size_t sessions, metrics::Registry& registry) {
  auto readers =
      std::make_unique<ReadersImpl>(config.lookup, std::move(connect), sessions, registry);
  PGATTIC_RETURN_IF_ERROR(readers->OpenAll(config));
  return std::unique_ptr<Readers>(std::move(readers));
}

}  // namespace pgattic::service
