#include "service/readers.h"

#include <optional>
#include <utility>

#include "cache/best_effort_cache.h"
#include "cache/memory_cache.h"
#include "cache/redis_cache.h"
#include "lookup/disk_cache.h"
#include "lookup/source_reader.h"
#include "service/engine_tier.h"
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
        store_probe_(registry, metrics::StoreRole::kPrimary),
        copy_probe_(registry, metrics::StoreRole::kCopy),
        breakers_(registry),
        registry_(registry),
        cache_probe_(registry,
                     IsRedis(settings) ? metrics::CacheKind::kRedis : metrics::CacheKind::kMemory),
        breaker_probe_(registry, metrics::Backend::kCache) {}

  Status OpenAll(const Config& config, bool is_long_lived) {
    is_long_lived_ = is_long_lived;
    PGATTIC_ASSIGN_OR_RETURN(store_, OpenStore(config));
    PGATTIC_ASSIGN_OR_RETURN(copy_, OpenCopyStore(config));
    if (!settings_.footer_cache_folder.empty()) {
      PGATTIC_ASSIGN_OR_RETURN(disk_, lookup::DiskCache::Open({settings_.footer_cache_folder,
                                                               settings_.footer_cache_disk_bytes}));
    }
    PGATTIC_ASSIGN_OR_RETURN(engine_,
                             OpenEngineTier(config, {*store_, copy_.get()}, is_long_lived));
    if (engine_.engine) {
      engine_probe_ = std::make_unique<metrics::EngineProbe>(registry_, engine_.kind);
    }
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
    reader.filters_ahead = is_long_lived_ && settings_.filters_ahead;
    reader.cache_ttl = settings_.cache_ttl;
    reader.tiers = settings_.tiers;
    reader.reads.deadline = settings_.store_deadline;
    reader.database.deadline = settings_.database_deadline;
    reader.engine.deadline = settings_.engine_deadline;
    return std::make_unique<lookup::SourceReader>(
        lookup::Backends{.pool = pool_,
                         .store = *store_,
                         .cache = cache_.get(),
                         .copy = copy_.get(),
                         .probe = &lookup_probe_,
                         .store_probe = &store_probe_,
                         .copy_probe = &copy_probe_,
                         .breakers = &breakers_,
                         .disk = disk_.get(),
                         .engine = engine_.engine.get(),
                         .engine_catalog = engine_.catalog.get(),
                         .engine_probe = engine_probe_.get()},
        source, reader);
  }
  std::vector<lookup::BreakerReading> breakers() const override {
    std::vector<lookup::BreakerReading> all = breakers_.Read();
    if (cache_) all.push_back({metrics::Backend::kCache, cache_->breaker_state()});
    return all;
  }
  pg::Pool& pool() override { return pool_; }
  store::ObjectStore& store() override { return *store_; }
  store::ObjectStore* copy() override { return copy_.get(); }
  cache::RowCache* cache() override { return cache_.get(); }

 private:
  const LookupSettings settings_;
  bool is_long_lived_ = false;
  pg::Pool pool_;
  metrics::LookupProbe lookup_probe_;
  metrics::StoreProbe store_probe_;
  metrics::StoreProbe copy_probe_;
  lookup::BreakerBoard breakers_;
  metrics::Registry& registry_;
  metrics::CacheProbe cache_probe_;
  metrics::BreakerProbe breaker_probe_;
  std::unique_ptr<store::ObjectStore> store_;
  std::unique_ptr<store::ObjectStore> copy_;
  std::unique_ptr<cache::BestEffortCache> cache_;
  std::unique_ptr<lookup::DiskCache> disk_;
  EngineTier engine_;
  std::unique_ptr<metrics::EngineProbe> engine_probe_;
};

}  // namespace

Result<std::unique_ptr<cache::RowCache>> OpenSharedCache(const Config& config) {
  if (!IsRedis(config.lookup)) return std::unique_ptr<cache::RowCache>();
  return OpenCache(config.lookup);
}

Result<std::unique_ptr<Readers>> Readers::Open(const Config& config, pg::ConnectOptions connect,
                                               std::size_t sessions, metrics::Registry& registry,
                                               bool is_long_lived) {
  auto readers =
      std::make_unique<ReadersImpl>(config.lookup, std::move(connect), sessions, registry);
  PGATTIC_RETURN_IF_ERROR(readers->OpenAll(config, is_long_lived));
  return std::unique_ptr<Readers>(std::move(readers));
}

}  // namespace pgattic::service
