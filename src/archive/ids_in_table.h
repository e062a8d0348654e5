// IdsInTable: whether a table has as many rows of each id as parts hold.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "archive/part_load.h"
#include "archive/run_context.h"
#include "archive/shrink_check.h"

namespace pgattic::archive {

/// Looks up the ids of parts in a table, in batches; an id may be of several rows. Not thread-safe.
/// Memory: 16 bytes a row of the parts.
class IdsInTable {
 public:
  /// Told of a row whose id the table has only `there` rows of, fewer than the parts so far. An
  /// error ends the search.
  using OnFewer = std::function<Status(const std::string& id, std::int64_t there)>;

  /// Ids that `wants` says no to are left out. All outlive this.
  IdsInTable(const RunContext& run, const catalog::RelationRef& relation, WantsRow wants,
             OnFewer on_fewer)
      : run_(run), relation_(relation), wants_(std::move(wants)), on_fewer_(std::move(on_fewer)) {}

  /// Looks up those of one more part; reads its id column only. Blocks.
  Status Add(const catalog::JournalPart& part);

 private:
  std::int64_t RowsBefore(const IdHash& hash) const;
  Status LookUp();

  const RunContext& run_;
  const catalog::RelationRef& relation_;
  const WantsRow wants_;
  const OnFewer on_fewer_;
  std::vector<std::string> ids_;      ///< The batch: ids,
  std::vector<std::string> numbers_;  ///< and how many rows of each the parts have so far.
  std::vector<IdHash> before_;        ///< Of the parts before, sorted.
};

}  // namespace pgattic::archive
