// Erase: rows of given ids are taken out of every place where pgattic keeps or finds them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "archive/run_context.h"
#include "cache/row_cache.h"

namespace pgattic::archive {

/// What was, or would be, done to one archive. A plain value.
struct ErasedArchive {
  std::string partition;
  model::Phase phase = model::Phase::kPlanned;
  std::int64_t parts = 0;       ///< Rewritten without the rows.
  std::int64_t rows = 0;        ///< Left out of them.
  std::int64_t table_rows = 0;  ///< Deleted from the table that stands aside.
  bool is_rolled_back = false;  ///< Its round was under way and begins anew.
  Status status;
};

/// What an erasure did, or would do. A plain value.
struct EraseReport {
  std::int64_t request = 0;             ///< Of the journal; 0: a dry run.
  std::int64_t table_rows = 0;          ///< Deleted from partitions.
  std::vector<ErasedArchive> archives;  ///< Those concerned, and those that failed.
  Status failure;                       ///< What else was not done.
};

/// Returns what Erase would do, changing nothing.
Result<EraseReport> PlanErasure(const RunContext& run, const std::vector<std::string>& ids);

/// Erases `ids`, each as PostgreSQL writes it: puts their keyed hashes on the list, deletes their
/// rows from the source's partitions and from tables that stand aside, rewrites the parts that hold
/// some, publishes these as a next generation, then deletes the former objects, copies, versions
/// of sidecars and cached rows. What is not swapped yet is rolled back and exported anew by a later
/// run. An archive that fails is told in the report and keeps the others from nothing; the request
/// stays open then: erase the same ids again, and it goes on. `cache` may be null. May block long.
EraseReport Erase(const RunContext& run, const std::vector<std::string>& ids,
                  cache::RowCache* cache);

}  // namespace pgattic::archive
