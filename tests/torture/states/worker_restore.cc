// The steps of a restore: archive::Restore, and what a rollback makes of what it kept.
#include <algorithm>

#include "tests/torture/states/worker.h"

namespace pgattic::torture::states {

using model::Event;

namespace {

constexpr std::size_t kRestoredTable = 0;  ///< Under the name of the first partition.

}  // namespace

/// Every part is read back whole and compared with its proof: else nothing is loaded.
void Step::ReadParts() {
  worker_.rows = 0;
  for (const Part& part : world_.parts) {
    if (part.published == 0 || part.state != PartState::kVerified) continue;
    const bool is_proven = HoldsItsRows(world_, part);
    if (!is_proven && rules_.prove_before_attach) return End();
    if (!is_proven) continue;
    worker_.rows = static_cast<Rows>(worker_.rows | part.rows);
  }
  GoTo(Pc::kLoad);
}

/// A table that a run before it made is filled anew, unless somebody else wrote to it.
void Step::Load() {
  CommitOrEnd(std::nullopt, Pc::kAttach, [&](Record&) {
    Table& table = world_.tables.at(kRestoredTable);
    if (table.exists != 0 && (table.is_attached != 0 || (table.rows & kRowByName) != 0)) {
      return false;
    }
    table = {1, 0, worker_.rows};
    return true;
  });
}

/// One transaction: the late partition's rows move in; no part counts, all stay published.
void Step::Attach() {
  CommitOrEnd(Event::kRestored, Pc::kIdle, [&](Record& after) {
    Table& table = world_.tables.at(kRestoredTable);
    const bool is_untouched =
        table.exists != 0 && table.is_attached == 0 && table.rows == worker_.rows;
    if (!is_untouched) return false;
    const int late = AttachedTable(world_);
    if (late != kNone) {
      Table& late_table = world_.tables.at(static_cast<std::size_t>(late));
      table.rows = static_cast<Rows>(table.rows | late_table.rows);
      late_table = {};
    }
    table.is_attached = 1;
    world_.by_name = static_cast<Rows>(world_.by_name & ~table.rows);
    after.relation = kRestoredTable;
    after.fingerprint = kNone;
    for (Part& part : world_.parts) {
      if (part.state == PartState::kAbsent) continue;
      part.state = PartState::kObsolete;
    }
    return true;
  });
}

/// archive::ForgetRestored.
void Step::ForgetRestored() {
  const Committed committed = Commit(std::nullopt, [&](Record&) {
    for (Part& part : world_.parts) part.published = 0;
    return true;
  });
  committed == Committed::kDone ? Tidy(Pc::kIdle) : End();
}

}  // namespace pgattic::torture::states
