// Attaching a table in the place of a late partition: what rollback and restore have in common.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "archive/run_context.h"
#include "model/archive_state.h"

namespace pgattic::archive {

/// What is attached, and what becomes of the archive by it. A plain value.
struct AttachPlan {
  catalog::RelationRef table;
  std::optional<pg::QualifiedName> late;  ///< What has its place now; its rows are moved in.
  model::Event event = model::Event::kSwappedBack;
  std::string detail;  ///< Of the event.
  /// Changes the record beside its phase.
  std::function<void(catalog::ArchiveRecord& after)> change;
  /// What else the journal keeps of it, after the event; null for nothing.
  std::function<Status()> journal;
  /// With the table locked and before the parent is, as the owner; null for nothing.
  std::function<Status()> check;
};

/// Outside the parent's lock, each statement a short transaction: what would make ATTACH fail, scan
/// the table or build an index (catalog::MissingForAttach). Safe to repeat.
Status PrepareToAttach(const RunContext& run, catalog::ArchiveRecord& record,
                       const catalog::RelationRef& table);

/// One short transaction: the event, `journal`, `check`, the late partition detached, its rows
/// moved, the table attached, the late partition dropped; `record` is as after it. Deferred when a
/// lock could not be had in options.swap_tries tries.
Status AttachInPlace(const RunContext& run, catalog::ArchiveRecord& record, const AttachPlan& plan);

/// Failpoints around each batch of UnmarkRows(). A plain value.
struct UnmarkPoints {
  const char* before_batch;
  const char* after_batch;
};

/// Profile games: puts the statuses back that the marks of this round changed, of the games whose
/// rows are in the table, in batches. `rows`: about how many. Safe to repeat.
Status UnmarkRows(const RunContext& run, catalog::ArchiveRecord& record, std::int64_t rows,
                  const UnmarkPoints& points);

}  // namespace pgattic::archive
