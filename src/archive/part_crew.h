// PartCrew: workers that go through the parts of an archive, each over a session of its own.
#pragma once

#include <functional>
#include <vector>

#include "archive/run_context.h"

namespace pgattic::archive {

/// What is done with one part. Called from several threads at once, for different parts.
using PartWork = std::function<Status(pg::Connection& connection, catalog::JournalPart& part)>;

/// Returns how many workers a run has.
int WorkerCount(const RunOptions& options);

/// Does `work` for 0 … count - 1, in order, by as many threads as given, each over a session of
/// its own, and returns when all have ended. After the first failure, which is returned, nothing
/// further is begun.
Status WorkInCrew(const RunContext& run, int workers, std::size_t count,
                  const std::function<Status(pg::Connection&, std::size_t index)>& work);

/// Returns how many workers suit rows of this size: one alone where a row takes more than a MiB
/// on average, since each worker holds its row several times over.
int WorkersFor(const RunOptions& options, std::int64_t bytes, std::int64_t rows);
/// The same, for the rows of these parts.
int WorkersFor(const RunOptions& options, const std::vector<catalog::JournalPart>& parts);

/// Does `work` with every part, in order, by run.options.workers threads, and returns when all
/// have ended; by one alone where a row takes more than a MiB on average, since each worker
/// holds its row several times over. After the first failure, which is returned, no further
/// part is begun. `rows` is how many the relation of `record` has, about.
Status WorkOnParts(const RunContext& run, const catalog::ArchiveRecord& record, std::int64_t rows,
                   std::vector<catalog::JournalPart>& parts, const PartWork& work);

}  // namespace pgattic::archive
