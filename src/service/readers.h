// Readers: from the configuration to readers of rows, with all that they share.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "cache/row_cache.h"
#include "catalog/source_table.h"
#include "lookup/breaker_board.h"
#include "lookup/row_reader.h"
#include "metrics/probes.h"
#include "metrics/registry.h"
#include "pg/pool.h"
#include "service/config.h"
#include "store/object_store.h"

namespace pgattic::service {

/// Sessions, stores, cache and probes for the readers of all sources. Thread-safe. Outlives the
/// readers that it makes.
class Readers {
 public:
  /// Opens the stores; PostgreSQL and Redis are dialled when they are needed, at most
  /// `sessions` of the former. Errors: those of OpenStore, OpenEngineTier; `is_long_lived` is what
  /// the latter makes ready for a store that fails. `registry` outlives it.
  static Result<std::unique_ptr<Readers>> Open(const Config& config, pg::ConnectOptions connect,
                                               std::size_t sessions, metrics::Registry& registry,
                                               bool is_long_lived = true);
  virtual ~Readers() = default;
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  /// Returns a reader of one source.
  virtual std::unique_ptr<lookup::RowReader> ReaderOf(const catalog::SourceTable& source,
                                                      const archive::SourceOptions& options) = 0;
  virtual pg::Pool& pool() = 0;
  virtual store::ObjectStore& store() = 0;
  /// Null where none is configured.
  virtual store::ObjectStore* copy() = 0;
  /// Null where there is none.
  virtual cache::RowCache* cache() = 0;
  /// Returns what the breakers before each backend stand at.
  virtual std::vector<lookup::BreakerReading> breakers() const = 0;

 protected:
  Readers() = default;
};

/// Opens the cache that processes share, a Redis; null where rows are kept in each one's memory or
/// not at all. It is dialled when it is needed; its failures are told.
Result<std::unique_ptr<cache::RowCache>> OpenSharedCache(const Config& config);

}  // namespace pgattic::service
