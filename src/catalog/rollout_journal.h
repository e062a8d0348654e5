// RolloutJournal: at which stage of its roll-out a source is, since when, and how reading went.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/op_context.h"
#include "base/result.h"
#include "model/bounds.h"
#include "pg/connection.h"

namespace pgattic::catalog {

/// One row of pgattic.rollout. A plain value.
struct RolloutRecord {
  model::SourceId source;
  int stage = 1;  ///< From 1 on.
  WallTime since;
  std::optional<WallTime> held_since;
  std::string held_why;
  std::int64_t revision = 0;  ///< 0: there is no row yet.
};

/// An event of a roll-out, for a person. A plain value.
struct RolloutEvent {
  WallTime at;
  std::int64_t revision = 0;
  int stage = 1;
  std::string event;  ///< "began", "promoted", "held", "resumed".
  std::string detail;
  std::string who;
};

/// What was seen of reading a source: one sample, or the sum of some. A plain value.
struct HealthSums {
  std::int64_t seconds = 0;   ///< Of the time that was watched.
  std::int64_t answers = 0;   ///< Ids that were asked for.
  std::int64_t errors = 0;    ///< Of them, that could not be answered.
  std::int64_t slow = 0;      ///< Of them, that took too long.
  std::int64_t canaries = 0;  ///< Archived rows that were read to see whether they can be.
  std::int64_t ill = 0;       ///< Of them, that could not.
};

/// The roll-outs of this database. All times are the caller's clock's. Not thread-safe: one
/// connection.
class RolloutJournal {
 public:
  explicit RolloutJournal(pg::Connection& connection) : connection_(connection) {}

  /// Returns stage 1, revision 0, where there is no row.
  Result<RolloutRecord> Load(const OpContext& ctx, const model::SourceId& source);
  /// Writes `next` in the place of `former`, with an event, in one transaction whose first
  /// statement compares the revision. Conflict when another process was first.
  Status Change(const OpContext& ctx, const RolloutRecord& former, RolloutRecord next,
                const std::string& event, const std::string& detail, WallTime now);
  /// Returns the events of a source, oldest first.
  Result<std::vector<RolloutEvent>> Events(const OpContext& ctx, const model::SourceId& source);

  /// Adds to the sample of a source that begins at `at`, whichever replica made it. Forgets
  /// samples that are older than `keep`.
  Status AddSample(const OpContext& ctx, const model::SourceId& source, WallTime at,
                   const HealthSums& sample, std::chrono::seconds keep);
  /// Returns the sum of the samples that lie within [from, to).
  Result<HealthSums> Sum(const OpContext& ctx, const model::SourceId& source, WallTime from,
                         WallTime to);

 private:
  pg::Connection& connection_;
};

}  // namespace pgattic::catalog
