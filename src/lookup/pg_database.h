// PgDatabase: rows of one source as PostgreSQL has them.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <utility>

#include "catalog/source_table.h"
#include "lookup/places.h"
#include "pg/pool.h"
#include "resilience/circuit_breaker.h"

namespace pgattic::lookup {

/// What PostgreSQL may cost.
struct PgDatabaseOptions {
  bool is_games = false;  ///< `games` gives hints of created_at; where it cannot, there are none.
  std::chrono::milliseconds deadline{10'000};  ///< Of one call, waiting for a session included.
  /// A caller that brought less time than this is not held against the server.
  std::chrono::milliseconds fair_time{1000};
  resilience::CircuitBreakerOptions breaker = {};
  /// When hints are done without: `games` alone kept a look waiting.
  resilience::CircuitBreakerOptions hints = {.failures_to_open = 1,
                                             .longest_open = std::chrono::milliseconds(10'000)};
};

/// Asks a source by name: a table that is made again under the name, or whose columns are
/// renamed, is noticed by the stamp of every look. Thread-safe. The pool outlives it.
class PgDatabase final : public Database {
 public:
  /// `listener` is told of every change of the breaker.
  PgDatabase(pg::Pool& pool, const catalog::SourceTable& source, const PgDatabaseOptions& options,
             resilience::CircuitBreaker::Listener listener = {})
      : pool_(pool),
        source_(source),
        options_(options),
        breaker_(SystemClock(), options.breaker, std::move(listener)),
        hints_(SystemClock(), options.hints) {}

  /// Unavailable at once while the breaker is open.
  Result<std::unique_ptr<DatabaseSession>> Open(const OpContext& ctx) override;
  resilience::CircuitBreaker::State breaker_state() const { return breaker_.state(); }

 private:
  friend class PgSession;
  /// What the catalog says of the source, as of one stamp.
  struct Live {
    std::string stamp;
    catalog::SourceTable source;
    model::TableSchema schema;
  };
  /// What the end of a call says of the server.
  enum class Says {
    kEither,
    kFailureOnly,  ///< Nothing was asked of it, perhaps.
  };
  /// Runs one call within its deadline, and gives the breaker its verdict.
  template <typename T, typename Call>
  Result<T> Guarded(const OpContext& caller, Says says, const Call& call);
  std::shared_ptr<const Live> live() const;
  void Keep(std::shared_ptr<const Live> live);

  pg::Pool& pool_;
  const catalog::SourceTable source_;
  const PgDatabaseOptions options_;
  resilience::CircuitBreaker breaker_;
  resilience::CircuitBreaker hints_;  ///< Of `games` alone.
  mutable std::mutex mutex_;          ///< Guards live_.
  std::shared_ptr<const Live> live_;
};

}  // namespace pgattic::lookup
