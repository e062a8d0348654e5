// A new generation must hold every id of the one before it.
#pragma once

#include <vector>

#include "archive/run_context.h"

namespace pgattic::archive {

/// Compares the ids of published parts that are to go with those of the parts that take
/// their place. FailedPrecondition names an id that would be lost.
Status RefuseShrinking(const RunContext& run, const std::vector<catalog::JournalPart>& parts);

}  // namespace pgattic::archive
