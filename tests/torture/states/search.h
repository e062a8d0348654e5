// Search: visits every state that two workers, crashes, lost replies, writers and a store that
// loses objects can bring about, breadth first, and checks each.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "tests/torture/states/worker.h"

namespace pgattic::torture::states {

/// How often each thing may happen on one path.
struct Budget {
  std::uint8_t archive_runs = 2;
  std::uint8_t rollbacks = 1;
  std::uint8_t crashes = 1;
  std::uint8_t lost_replies = 1;
  std::uint8_t updates = 1;
  std::uint8_t inserts = 0;
  std::uint8_t writes_by_name = 0;
  std::uint8_t store_faults = 0;
  std::uint8_t restores = 0;
};

struct Node {
  World world;
  std::array<Worker, 2> workers;
  Budget left;
};
static_assert(std::has_unique_object_representations_v<Node>);

/// What a search found. A plain value.
struct Outcome {
  std::size_t states = 0;
  std::size_t steps = 0;
  std::size_t depth = 0;
  std::size_t finished = 0;       ///< States at rest from which plain runs archived everything.
  bool is_complete = false;       ///< Every state within the budget was visited.
  std::string fault;              ///< The first one found; "" for none.
  std::vector<std::string> path;  ///< What leads to it, shortest.
};

/// Searches until a fault, the end, or `most_states`. Deterministic.
Outcome Search(const Rules& rules, const Budget& budget, std::size_t most_states);

}  // namespace pgattic::torture::states
