// Scrub: archives at rest are read again and compared with their proofs, and mended.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "archive/run_context.h"

namespace pgattic::archive {

/// An object that was not what it was proven to be. A plain value.
struct ScrubFinding {
  std::string partition;
  std::string key;
  bool is_copy = false;  ///< In the second store.
  Status problem;
  Status repair;  ///< Ok: the object was made anew, or another took its place.
};

/// What a scrub did. A plain value.
struct ScrubReport {
  std::int64_t parts = 0;  ///< Read whole, in either store.
  std::int64_t bytes = 0;
  std::int64_t parts_left = 0;  ///< For which the budget was not enough.
  std::vector<ScrubFinding> findings;
};

/// Reads published parts of the source's archives at rest, those of the oldest proofs for which
/// `budget` bytes are enough (< 0: all of them), with their filters, in both stores, archive by
/// archive, and the sidecars of each. What is damaged or gone is mended: a part becomes one of a
/// new key and generation, from the other store's bytes; a copy and a sidecar are written again.
/// What cannot be mended is a finding with the reason, and stands in the journal. Stops at an error
/// that is none of an object. May read every archive.
Status Scrub(const RunContext& run, std::int64_t budget, ScrubReport& report);

}  // namespace pgattic::archive
