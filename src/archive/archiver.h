// Archiver: brings archives forward, step by step, from wherever they stand.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "archive/planner.h"
#include "archive/run_context.h"

namespace pgattic::archive {

/// What a run did with one partition. A plain value.
struct Outcome {
  catalog::ArchiveRecord record;
  std::vector<catalog::JournalPart> parts;  ///< Published and current ones.
  double seconds = 0;
  Status status;  ///< OK, Deferred (with why) or what failed.
};

/// Brings one archive forward as far as it goes, or until `until` is reached. Safe to kill
/// at any instant and to call again. The outcome's status says why it stopped.
Outcome AdvanceArchive(const RunContext& run, catalog::ArchiveRecord record,
                       std::optional<model::Phase> until);

/// Returns the journal row of a planned partition, made if there is none; a new round when
/// late rows were found. REQUIRES: entry.eligible.
Result<catalog::ArchiveRecord> Enrol(const RunContext& run, const PlanEntry& entry);

}  // namespace pgattic::archive
