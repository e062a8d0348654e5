// PgDatabase: rows of one source as PostgreSQL has them.
#pragma once

#include <memory>
#include <mutex>

#include "catalog/source_table.h"
#include "lookup/places.h"
#include "pg/pool.h"

namespace pgattic::lookup {

/// Asks a source by name: a table that is made again under the name, or whose columns are
/// renamed, is noticed by the stamp of every look. Thread-safe. The pool outlives it.
class PgDatabase final : public Database {
 public:
  /// `is_games`: `games` gives hints of created_at; where it cannot, there are none.
  PgDatabase(pg::Pool& pool, const catalog::SourceTable& source, bool is_games)
      : pool_(pool), source_(source), is_games_(is_games) {}

  Result<std::unique_ptr<DatabaseSession>> Open(const OpContext& ctx) override;

 private:
  friend class PgSession;
  /// What the catalog says of the source, as of one stamp.
  struct Live {
    std::string stamp;
    catalog::SourceTable source;
    model::TableSchema schema;
  };
  std::shared_ptr<const Live> live() const;
  void Keep(std::shared_ptr<const Live> live);

  pg::Pool& pool_;
  const catalog::SourceTable source_;
  const bool is_games_;
  mutable std::mutex mutex_;  ///< Guards live_.
  std::shared_ptr<const Live> live_;
};

}  // namespace pgattic::lookup
