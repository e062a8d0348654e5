#include "model/archive_state.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace pgattic::model {
namespace {

constexpr std::array<std::pair<Phase, std::string_view>, kAllPhases.size()> kPhaseNames{{
    {Phase::kPlanned, "planned"},
    {Phase::kExporting, "exporting"},
    {Phase::kUploaded, "uploaded"},
    {Phase::kVerified, "verified"},
    {Phase::kMarked, "marked"},
    {Phase::kDetached, "detached"},
    {Phase::kArchived, "archived"},
}};

/// Returns the phase that `event` leads to from `state`, if it may happen there.
std::optional<Phase> Next(const ArchiveState& state, Event event) {
  const Phase phase = state.phase;
  const auto from = [&](std::initializer_list<Phase> allowed, Phase to) {
    for (const Phase candidate : allowed) {
      if (candidate == phase) return std::optional<Phase>(to);
    }
    return std::optional<Phase>();
  };
  using enum Phase;
  switch (event) {
    case Event::kExportStarted:
      return from({kPlanned, kExporting}, kExporting);
    case Event::kPartsUploaded:
      return from({kExporting}, kUploaded);
    case Event::kPartsRejected:
      return from({kUploaded}, kExporting);
    case Event::kProven:
      return from({kUploaded}, kVerified);
    case Event::kPublished:
      // Of an archive at rest too: a late round was rolled back, or parts gave way to others.
      if (phase == kVerified || phase == kDetached || phase == kArchived) return phase;
      return phase == kPlanned && state.round > 1 ? std::optional(phase) : std::nullopt;
    case Event::kMarked:
      return state.generation > 0 ? from({kVerified}, kMarked) : std::nullopt;
    case Event::kUnmarking:
      return from({kMarked}, kVerified);
    case Event::kSourceChanged:
      return from({kExporting, kUploaded, kVerified, kMarked}, kExporting);
    case Event::kSwapped:
      return from({kMarked}, kDetached);
    case Event::kDropped:
      return from({kDetached}, kArchived);
    case Event::kLateRowsFound:
      return from({kArchived}, kPlanned);
    case Event::kSwappedBack:
      return from({kDetached}, kMarked);
    case Event::kRestored:
      return state.generation > 0 ? from({kArchived}, kPlanned) : std::nullopt;
    case Event::kTableLost:
      return state.generation > 0 ? from({kMarked, kDetached}, kArchived) : std::nullopt;
    case Event::kRolledBack:
      if (state.round > 1) {
        return from({kPlanned, kExporting, kUploaded, kVerified, kMarked}, kArchived);
      }
      return from({kExporting, kUploaded, kVerified, kMarked}, kPlanned);
  }
  return std::nullopt;
}

}  // namespace

std::string_view PhaseName(Phase phase) {
  return kPhaseNames.at(static_cast<std::size_t>(phase)).second;
}

Result<Phase> PhaseFromName(std::string_view name) {
  for (const auto& [phase, known] : kPhaseNames) {
    if (known == name) return phase;
  }
  return {Code::kInvalidArgument,
          "no phase is called '" + std::string(name) +
              "'; phases are planned, exporting, uploaded, verified, marked, detached, "
              "archived"};
}

std::string_view EventName(Event event) {
  static constexpr std::array<std::string_view, kAllEvents.size()> kNames = {
      "export started",  "parts uploaded", "parts rejected", "proven",     "published",
      "marked",          "unmarking",      "source changed", "swapped",    "dropped",
      "late rows found", "swapped back",   "rolled back",    "table lost", "restored"};
  return kNames.at(static_cast<std::size_t>(event));
}

Result<ArchiveState> Apply(const ArchiveState& state, Event event) {
  const std::optional<Phase> next = Next(state, event);
  if (!next) {
    return {Code::kFailedPrecondition, "'" + std::string(EventName(event)) +
                                           "' cannot happen in phase " +
                                           std::string(PhaseName(state.phase))};
  }
  ArchiveState after = state;
  after.phase = *next;
  ++after.revision;
  if (event == Event::kPublished) ++after.generation;
  if (event == Event::kExportStarted) ++after.attempt;
  if (event == Event::kLateRowsFound) ++after.round;
  if (event == Event::kRolledBack && state.round > 1) --after.round;
  if (event == Event::kRestored) after.round = 1;
  return after;
}

ArchiveState AfterRecovery(const ArchiveState& state, const SeenInBucket& seen) {
  ArchiveState after = state;
  if (seen.differs && !IsSwapped(state.phase)) after.phase = Phase::kPlanned;
  after.generation = std::max(state.generation, seen.generation);
  after.attempt = std::max(state.attempt, seen.attempt);
  after.revision = std::max(state.revision, seen.revision) + 1;
  return after;
}

bool IsSwapped(Phase phase) { return phase == Phase::kDetached || phase == Phase::kArchived; }

bool MovesRows(const ArchiveState& before, const ArchiveState& after) {
  return IsSwapped(before.phase) != IsSwapped(after.phase) || before.round != after.round ||
         before.generation != after.generation ||
         (before.phase == Phase::kArchived) != (after.phase == Phase::kArchived);
}

}  // namespace pgattic::model
