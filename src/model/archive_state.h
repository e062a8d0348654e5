// The life of an archive as a pure function: which event is allowed in which phase and what
// it leads to. No I/O; catalog/journal persists the outcome by compare-and-set.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace pgattic::model {

/// Where an archive stands (docs/architecture.md draws the picture).
enum class Phase {
  kPlanned,    ///< Registered; nothing of it is in the bucket that counts.
  kExporting,  ///< Parts are being written.
  kUploaded,   ///< Every part is in the bucket; parts and table agree.
  kVerified,   ///< Every part was read back and proven. Published once there is metadata.
  kMarked,     ///< Statuses of the profile point to the archive.
  kDetached,   ///< Swapped: the old table stands aside, the late partition takes rows.
  kArchived,   ///< The old table is dropped.
};
inline constexpr std::array kAllPhases = {Phase::kPlanned,  Phase::kExporting, Phase::kUploaded,
                                          Phase::kVerified, Phase::kMarked,    Phase::kDetached,
                                          Phase::kArchived};

/// What happened, after it happened durably.
enum class Event {
  kExportStarted,  ///< A new attempt took its number.
  kPartsUploaded,  ///< All parts are complete and add up to the table.
  kPartsRejected,  ///< The proof failed; the parts concerned are obsolete.
  kProven,         ///< Every part was proven.
  kPublished,      ///< The metadata of a new generation is in the bucket.
  kMarked,         ///< All statuses are marked and no older snapshot is left.
  kUnmarking,      ///< Rollback: statuses are about to be put back; no swap without marks.
  kSourceChanged,  ///< Rows or schema are no longer those exported.
  kSwapped,        ///< The partition was detached, the late partition attached.
  kDropped,        ///< The detached table was dropped.
  kLateRowsFound,  ///< The late partition holds rows: the next round begins.
  kSwappedBack,    ///< Rollback: the old table is attached again, late rows inside.
  kRolledBack,     ///< Rollback: statuses are put back; the round's parts are obsolete.
  kTableLost,      ///< Somebody dropped the table by hand; its proven parts stand for it.
  kRestored,       ///< A table with the rows of every round is the partition again.
};
inline constexpr std::array kAllEvents = {
    Event::kExportStarted, Event::kPartsUploaded, Event::kPartsRejected, Event::kProven,
    Event::kPublished,     Event::kMarked,        Event::kUnmarking,     Event::kSourceChanged,
    Event::kSwapped,       Event::kDropped,       Event::kLateRowsFound, Event::kSwappedBack,
    Event::kRolledBack,    Event::kTableLost,     Event::kRestored};

std::string_view PhaseName(Phase phase);
/// Returns InvalidArgument for a name that PhaseName never gives.
Result<Phase> PhaseFromName(std::string_view name);
std::string_view EventName(Event event);

/// The part of a journal row that transitions change. A plain value.
struct ArchiveState {
  Phase phase = Phase::kPlanned;
  std::int64_t revision = 1;  ///< Counts every change of the row.
  int generation = 0;         ///< Of the published metadata; 0: never published.
  int attempt = 0;            ///< Of the export; in the keys of its parts.
  int round = 1;              ///< 1: the partition; n: the late rows found after n-1 swaps.
  bool operator==(const ArchiveState&) const = default;
};

/// Returns the state after `event`, its revision one higher. FailedPrecondition when the
/// phase does not allow the event. Total, pure.
Result<ArchiveState> Apply(const ArchiveState& state, Event event);

/// What the bucket says of an archive after PostgreSQL was recovered. A plain value.
struct SeenInBucket {
  bool differs = false;  ///< The metadata is not the one that the journal knows.
  int generation = 0;
  int attempt = 0;  ///< The highest that any object is of.
  std::int64_t revision = 0;
};

/// Returns the state that a recovered journal row goes on from: the higher generation, attempt and
/// revision win, so that no number and no key is used twice. Where the metadata differs, a round
/// that was not swapped begins anew: its rows are in the database. Total, pure.
ArchiveState AfterRecovery(const ArchiveState& state, const SeenInBucket& seen);

/// True when the archive's own rows lie in its parts: their table was swapped out, or dropped.
bool IsSwapped(Phase phase);
/// True when a reader may have to look for rows of the archive in other places after the change
/// than before it. Pure.
bool MovesRows(const ArchiveState& before, const ArchiveState& after);

}  // namespace pgattic::model
