// EngineParts: parts read through a SQL engine, where no store answers for itself.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/query_engine.h"
#include "lookup/places.h"
#include "metrics/probes.h"
#include "model/column.h"
#include "resilience/circuit_breaker.h"

namespace pgattic::lookup {

/// How an engine names what lies in one part. A plain value. The texts of SQL are whole
/// expressions, quoted by who made them; no value of a caller is in them.
struct EngineTable {
  std::string from;         ///< "awsdatacatalog"."archive"."game_archive"
  std::string path_column;  ///< Which object a row lies in: "$path", or filename.
  std::string path;         ///< What it says for rows of this part; a parameter.
  std::string year_column = "year";
  std::string month_column = "month";
  int year = 0;  ///< Only that month is read.
  int month = 0;
  model::TableSchema schema;  ///< Of the part; the engine has the same names.
  std::string time_column;    ///< The partition column's name at the time.
  /// The engine writes every digit of a second that it knows (Trino, Athena): one that knows
  /// milliseconds only is found out, and not believed.
  bool pads_fractions = false;
};

/// Tells how an engine names the parts of a source. Thread-safe. May block, as the metadata of the
/// part's archive has to be known.
class EngineCatalog {
 public:
  EngineCatalog() = default;
  EngineCatalog(const EngineCatalog&) = delete;
  EngineCatalog& operator=(const EngineCatalog&) = delete;
  virtual ~EngineCatalog() = default;

  virtual Result<EngineTable> TableOf(const OpContext& ctx, const model::PartRecord& part) = 0;
};

/// What a question to an engine may cost.
struct EnginePartsOptions {
  std::chrono::milliseconds deadline{30'000};  ///< Of one part; an engine takes seconds.
  std::chrono::milliseconds fair_time{5'000};  ///< Of a caller, below which it is not blamed.
  std::optional<std::int64_t> max_bytes;       ///< Scanned by one statement.
  std::size_t ids_a_statement = 100;           ///< Engines bound the length of a statement.
  resilience::CircuitBreakerOptions breaker = {.failures_to_open = 3};
};

/// The tier "engine": reads rows of one part by id, with parameters only, pruned to the part's
/// year, month and object. Values are PostgreSQL's text again, or the part is unavailable: text
/// that does not mean one value is Unsupported. A row is missing only where the engine counts as
/// many rows in the part as the journal. Thread-safe. What it is given outlives it.
class EngineParts final : public Parts {
 public:
  /// Null, empty: nobody is told.
  struct Watchers {
    metrics::EngineProbe* engine = nullptr;
    resilience::CircuitBreaker::Listener breaker = {};
  };
  EngineParts(engine::QueryEngine& engine, EngineCatalog& catalog, Clock& clock,
              const EnginePartsOptions& options, Watchers watchers)
      : engine_(engine),
        catalog_(catalog),
        clock_(clock),
        options_(options),
        probe_(watchers.engine),
        breaker_(clock, options.breaker, std::move(watchers.breaker)) {}

  /// Returns all of `ids`: an engine knows no filters.
  std::vector<std::string> MayHold(const OpContext& ctx, const model::PartRecord& part,
                                   const std::vector<std::string>& ids) override;
  /// Errors: Unavailable at once while the breaker is open; those of the engine.
  Result<RowsOfIds> Read(const OpContext& ctx, const model::PartRecord& part,
                         const std::vector<std::string>& ids) override;

 private:
  Result<RowsOfIds> Ask(const OpContext& ctx, const EngineTable& table,
                        const std::vector<std::string>& ids);
  /// Whether a row that was not found is not there.
  Status CheckSeen(const OpContext& ctx, const EngineTable& table, const model::PartRecord& part);
  Result<std::vector<std::vector<engine::AnswerValue>>> Run(const OpContext& ctx,
                                                            const engine::Query& query,
                                                            std::size_t columns);

  engine::QueryEngine& engine_;
  EngineCatalog& catalog_;
  Clock& clock_;
  const EnginePartsOptions options_;
  metrics::EngineProbe* const probe_;
  resilience::CircuitBreaker breaker_;
};

}  // namespace pgattic::lookup
