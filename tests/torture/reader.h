// Reader: looks rows up without pause, as any client of the archive would.
#pragma once

#include <cstdint>
#include <memory>

#include "lookup/source_reader.h"
#include "tests/torture/arena.h"
#include "tests/torture/dice.h"
#include "tests/torture/history.h"

namespace pgattic::torture {

/// One reader with a session, a store and a lookup of its own. Not thread-safe.
class Reader {
 public:
  Reader(const Arena& arena, History& history, std::uint64_t seed, int number)
      : arena_(arena), history_(history), dice_(seed, 200 + static_cast<std::uint64_t>(number)) {}

  /// Looks rows up until `ctx` is stopped.
  void Run(const OpContext& ctx);
  /// Looks every row up once, when nothing else goes on: now each has to be available.
  void ReadAll();

 private:
  bool Open();
  void Look(const std::string& id, bool must_answer);

  const Arena& arena_;
  History& history_;
  Dice dice_;
  const OpContext patient_;
  std::unique_ptr<pg::Pool> pool_;
  std::unique_ptr<store::ObjectStore> store_;
  std::unique_ptr<lookup::RowReader> rows_;
};

}  // namespace pgattic::torture
