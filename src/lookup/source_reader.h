// SourceReader: all that reading the rows of one source takes, put together.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cache/row_cache.h"
#include "catalog/source_table.h"
#include "lookup/archive_search.h"
#include "lookup/breaker_board.h"
#include "lookup/disk_cache.h"
#include "lookup/engine_parts.h"
#include "lookup/filters_ahead.h"
#include "lookup/pg_database.h"
#include "lookup/routed_reader.h"
#include "lookup/side_threads.h"
#include "lookup/steady_reads.h"
#include "lookup/tiered_parts.h"
#include "metrics/probes.h"
#include "pg/pool.h"
#include "store/object_store.h"

namespace pgattic::lookup {

/// What is shared with readers of other sources. References that outlive the reader.
struct Backends {
  pg::Pool& pool;
  store::ObjectStore& store;
  cache::RowCache* cache = nullptr;            ///< Of rows; null: none.
  store::ObjectStore* copy = nullptr;          ///< Holds the same keys; null: none.
  metrics::LookupProbe* probe = nullptr;       ///< Told of everything; null: nobody is.
  metrics::StoreProbe* store_probe = nullptr;  ///< Of requests to `store`.
  metrics::StoreProbe* copy_probe = nullptr;   ///< Of requests to `copy`.
  BreakerBoard* breakers = nullptr;            ///< Shows what the breakers stand at.
  DiskCache* disk = nullptr;                   ///< Of footers and id filters, beside memory.
  engine::QueryEngine* engine = nullptr;       ///< With engine_catalog: a tier of its own.
  EngineCatalog* engine_catalog = nullptr;
  metrics::EngineProbe* engine_probe = nullptr;
};

struct SourceReaderOptions {
  bool is_games = false;                           ///< `games` gives hints of created_at.
  std::int64_t footer_cache_bytes = 64 << 20;      ///< Footers and id filters kept, of each store.
  std::chrono::milliseconds cache_ttl{3'600'000};  ///< Of rows in the cache.
  std::size_t parallel_parts = 8;                  ///< Parts read at a time by one call.
  bool filters_ahead = false;    ///< Id filters are fetched before they are wanted: FiltersAhead.
  std::size_t side_threads = 4;  ///< Looks at the journal beside a GET; 0: they come first.
  /// Of parts, in the order asked; one that has no backend is left out.
  std::vector<Tier> tiers = {Tier::kArchive, Tier::kCopy, Tier::kEngine};
  SteadyReadsOptions reads;
  EnginePartsOptions engine;
  PgDatabaseOptions database;  ///< But for is_games.
};

/// RoutedReader over PostgreSQL and an object store. Thread-safe.
class SourceReader final : public RowReader {
 public:
  SourceReader(const Backends& backends, const catalog::SourceTable& source,
               const SourceReaderOptions& options);
  ~SourceReader() override;

  Result<Answer> Get(const OpContext& ctx, const std::string& id,
                     const std::optional<std::string>& created_at) override;
  Result<Answer> GetLikely(const OpContext& ctx, const std::string& id,
                           const std::optional<std::string>& likely) override;
  Result<std::vector<Answer>> GetMany(const OpContext& ctx,
                                      const std::vector<std::string>& ids) override;

 private:
  struct PartTier;  // One store, or engine, and what reads parts of it.

  void Tell(const Answer& answer, double seconds) const;
  /// Returns what `call` does, and tells the probe of it.
  template <typename Call>
  Result<Answer> Told(const OpContext& ctx, const Call& call) const;
  static std::unique_ptr<PartTier> MakeTier(Tier tier, const Backends& backends,
                                            const catalog::SourceTable& source,
                                            const SourceReaderOptions& options);
  static std::vector<TieredParts::One> TiersOf(const std::vector<std::unique_ptr<PartTier>>& tiers);

  metrics::LookupProbe* const probe_;
  PgDatabase database_;
  std::vector<std::unique_ptr<PartTier>> tiers_;
  TieredParts parts_;
  ArchiveSearch search_;
  std::unique_ptr<FiltersAhead> ahead_;  ///< Null unless it is wanted.
  SideThreads beside_;
  RoutedReader reader_;
};

}  // namespace pgattic::lookup
