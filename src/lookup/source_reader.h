// SourceReader: all that reading the rows of one source takes, put together.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cache/row_cache.h"
#include "catalog/source_table.h"
#include "lookup/archive_search.h"
#include "lookup/pg_database.h"
#include "lookup/point_reader.h"
#include "lookup/routed_reader.h"
#include "lookup/steady_reads.h"
#include "pg/pool.h"

namespace pgattic::lookup {

/// What is shared with readers of other sources. References that outlive the reader.
struct Backends {
  pg::Pool& pool;
  SteadyReads& store;
  cache::RowCache* cache = nullptr;  ///< Of rows; null: none.
};

struct SourceReaderOptions {
  bool is_games = false;                           ///< `games` gives hints of created_at.
  std::int64_t footer_cache_bytes = 64 << 20;      ///< Footers and id filters kept.
  std::chrono::milliseconds cache_ttl{3'600'000};  ///< Of rows in the cache.
  std::size_t parallel_parts = 8;                  ///< Parts read at a time by one call.
};

/// RoutedReader over PostgreSQL and an object store. Thread-safe.
class SourceReader final : public RowReader {
 public:
  SourceReader(const Backends& backends, const catalog::SourceTable& source,
               const SourceReaderOptions& options);

  Result<Answer> Get(const OpContext& ctx, const std::string& id,
                     const std::optional<std::string>& created_at) override {
    return reader_.Get(ctx, id, created_at);
  }
  Result<std::vector<Answer>> GetMany(const OpContext& ctx,
                                      const std::vector<std::string>& ids) override {
    return reader_.GetMany(ctx, ids);
  }

 private:
  PgDatabase database_;
  PointReader parts_;
  ArchiveSearch search_;
  RoutedReader reader_;
};

}  // namespace pgattic::lookup
