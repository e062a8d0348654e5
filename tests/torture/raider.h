// Raider: runs pgattic again and again, and kills, stops and contradicts it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sandbox/subprocess.h"
#include "tests/torture/arena.h"
#include "tests/torture/dice.h"
#include "tests/torture/history.h"

namespace pgattic::torture {

/// What the raiders of a schedule did. A plain value.
struct RaidCounts {
  int runs = 0;
  int killed_at_failpoint = 0;
  int killed_at_random = 0;
  int stopped = 0;
  int rollbacks = 0;
};

/// Not thread-safe; two of them may raid one arena.
class Raider {
 public:
  Raider(const Arena& arena, History& history, std::uint64_t seed, int number)
      : arena_(arena), history_(history), dice_(seed, 300 + static_cast<std::uint64_t>(number)) {}

  /// Raids until `ctx` is stopped. Call it from a thread that ends after it.
  void Run(const OpContext& ctx);
  /// Runs `pgattic archive` until it has nothing left to do but wait for the grace. Blames the
  /// program when it does not get there.
  void Finish();

  const RaidCounts& counts() const { return counts_; }

 private:
  std::vector<std::string> Command();
  void Raid(const OpContext& ctx);
  void Disturb(const OpContext& ctx, sandbox::Subprocess& child, bool only_stop);
  void BlameLies(const std::string& said);

  const Arena& arena_;
  History& history_;
  Dice dice_;
  RaidCounts counts_;
};

}  // namespace pgattic::torture
