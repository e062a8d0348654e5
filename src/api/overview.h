// Overview: every month of every source at a glance, for the page and for metrics.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/op_context.h"
#include "base/result.h"
#include "catalog/archive_overview.h"
#include "catalog/proofs.h"
#include "catalog/rollout_journal.h"
#include "catalog/run_progress.h"
#include "catalog/schedule_journal.h"
#include "catalog/source_table.h"
#include "pg/pool.h"
#include "resilience/last_look.h"

namespace pgattic::api {

/// One range of bounds of a source: its partition, its archive, or both. A plain value.
struct Month {
  std::string source;
  std::string partition;
  model::Bounds bounds;
  std::optional<model::Phase> phase;  ///< Of the archive; nullopt: only in the database.
  std::int64_t database_rows = 0;     ///< Estimated, at least 1 of a table that is not empty; late
                                      ///< rows, once the archive is swapped.
  std::int64_t database_bytes = 0;
  std::int64_t archive_rows = 0;
  std::int64_t expected_rows = 0;  ///< Of the round under way; 0: not known.
  std::int64_t raw_bytes = 0;
  std::int64_t stored_bytes = 0;
  std::int64_t freed_bytes = 0;
  std::string updated_at;
  std::string drop_after;
  std::string error;
  std::optional<catalog::RunProgress> run;  ///< Of an archive that is not swapped.
};

/// What one look found. A plain value.
struct Picture {
  std::vector<Month> months;  ///< By source, oldest first.
  std::int64_t database_bytes = 0;
  catalog::Upkeep upkeep;
  bool has_copy = false;                          ///< A second store is configured.
  std::optional<catalog::ScheduledRun> last_run;  ///< That was due last; nullopt: never one.
  std::vector<catalog::RolloutRecord> rollouts;   ///< Of sources that have one, or are held.
  WallTime at;
};

/// Returns the months of one source from its partitions and its archives; `runs` by their ids.
/// Pure.
std::vector<Month> MonthsOf(const catalog::SourceTable& source,
                            const std::vector<catalog::Partition>& partitions,
                            const std::vector<catalog::ArchiveOverview>& archives,
                            const std::map<std::int64_t, catalog::RunProgress>& runs);

/// Looks at the catalog and the journal, at most once in a few seconds. Thread-safe. The pool
/// outlives it.
class Overview {
 public:
  Overview(pg::Pool& pool, std::vector<catalog::SourceTable> sources, bool has_copy, Clock& clock)
      : pool_(pool),
        sources_(std::move(sources)),
        has_copy_(has_copy),
        clock_(clock),
        last_look_(clock, kGoodFor) {}

  /// Returns what was found, now or a moment ago. Blocks as the pool does, within the time of `ctx`
  /// also while another looks.
  Result<std::shared_ptr<const Picture>> Look(const OpContext& ctx);

 private:
  static constexpr std::chrono::seconds kGoodFor{3};

  Result<Picture> LookNow(const OpContext& ctx);

  pg::Pool& pool_;
  const std::vector<catalog::SourceTable> sources_;
  const bool has_copy_;
  Clock& clock_;
  resilience::LastLook<Picture> last_look_;
};

}  // namespace pgattic::api
