// A new generation must hold every id of the one before it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "archive/run_context.h"

namespace pgattic::archive {

/// Compares the ids of published parts that are to go with those of the parts that take their
/// place, of each as many rows. FailedPrecondition names an id of which a row would be lost.
/// Memory: 40 bytes a row that stays.
Status RefuseShrinking(const RunContext& run, const std::vector<catalog::JournalPart>& parts);

/// An id by its hash: 16 bytes, whatever its length.
using IdHash = std::pair<std::uint64_t, std::uint64_t>;
IdHash HashOfId(const std::string& id);

/// Hands every id of a part to `on_id`, in order; reads the id column's chunks only.
Status ForEachId(const RunContext& run, const catalog::JournalPart& part,
                 const std::function<Status(const std::string& id)>& on_id);

}  // namespace pgattic::archive
