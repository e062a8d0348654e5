#include "model/archive_state.h"

#include <gtest/gtest.h>

#include <map>
#include <utility>

namespace pgattic::model {
namespace {

using enum Phase;

/// Every pair that is allowed, for a published archive in its first round.
const std::map<std::pair<Phase, Event>, Phase>& Allowed() {
  static const std::map<std::pair<Phase, Event>, Phase> table = {
      {{kPlanned, Event::kExportStarted}, kExporting},
      {{kExporting, Event::kExportStarted}, kExporting},
      {{kExporting, Event::kPartsUploaded}, kUploaded},
      {{kExporting, Event::kRolledBack}, kPlanned},
      {{kExporting, Event::kSourceChanged}, kExporting},
      {{kMarked, Event::kTableLost}, kArchived},
      {{kDetached, Event::kTableLost}, kArchived},
      {{kUploaded, Event::kPartsRejected}, kExporting},
      {{kUploaded, Event::kProven}, kVerified},
      {{kUploaded, Event::kSourceChanged}, kExporting},
      {{kUploaded, Event::kRolledBack}, kPlanned},
      {{kVerified, Event::kPublished}, kVerified},
      {{kVerified, Event::kMarked}, kMarked},
      {{kVerified, Event::kSourceChanged}, kExporting},
      {{kVerified, Event::kRolledBack}, kPlanned},
      {{kMarked, Event::kUnmarking}, kVerified},
      {{kMarked, Event::kSourceChanged}, kExporting},
      {{kMarked, Event::kSwapped}, kDetached},
      {{kMarked, Event::kRolledBack}, kPlanned},
      {{kDetached, Event::kDropped}, kArchived},
      {{kDetached, Event::kSwappedBack}, kMarked},
      {{kDetached, Event::kPublished}, kDetached},
      {{kArchived, Event::kLateRowsFound}, kPlanned},
      {{kArchived, Event::kPublished}, kArchived},
      {{kArchived, Event::kRestored}, kPlanned},
  };
  return table;
}

TEST(ArchiveState, EveryPhaseAndEventPairIsAsTheTableSays) {
  for (const Phase phase : kAllPhases) {
    for (const Event event : kAllEvents) {
      const ArchiveState before{phase, 7, 2, 3, 1};
      const Result<ArchiveState> after = Apply(before, event);
      const auto row = Allowed().find({phase, event});
      ASSERT_EQ(after.ok(), row != Allowed().end())
          << PhaseName(phase) << " x " << EventName(event);
      if (!after.ok()) {
        EXPECT_EQ(after.code(), Code::kFailedPrecondition);
        continue;
      }
      EXPECT_EQ(after->phase, row->second) << PhaseName(phase) << " x " << EventName(event);
      EXPECT_EQ(after->revision, 8);
      EXPECT_EQ(after->generation, event == Event::kPublished ? 3 : 2);
      EXPECT_EQ(after->attempt, event == Event::kExportStarted ? 4 : 3);
      EXPECT_EQ(after->round, event == Event::kLateRowsFound ? 2 : 1);
    }
  }
}

TEST(ArchiveState, NothingIsMarkedBeforeItIsPublished) {
  EXPECT_FALSE(Apply({kVerified, 1, 0, 1, 1}, Event::kMarked).ok());
  EXPECT_TRUE(Apply({kVerified, 1, 1, 1, 1}, Event::kMarked).ok());
}

TEST(ArchiveState, RollingBackALateRoundLeavesTheArchiveOfTheRoundsBefore) {
  for (const Phase phase : {kPlanned, kExporting, kUploaded, kVerified, kMarked}) {
    const Result<ArchiveState> after = Apply({phase, 9, 2, 4, 2}, Event::kRolledBack);
    ASSERT_TRUE(after.ok()) << PhaseName(phase);
    EXPECT_EQ(after->phase, kArchived);
    EXPECT_EQ(after->round, 1);
  }
  EXPECT_FALSE(Apply({kPlanned, 9, 2, 4, 1}, Event::kRolledBack).ok());
}

TEST(ArchiveState, ARestoreBringsBackEveryRoundOfAPublishedArchive) {
  const ArchiveState before{kArchived, 9, 2, 4, 3};
  const Result<ArchiveState> after = Apply(before, Event::kRestored);
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(*after, (ArchiveState{kPlanned, 10, 2, 4, 1}));
  EXPECT_TRUE(MovesRows(before, *after));
  EXPECT_FALSE(Apply({kArchived, 9, 0, 4, 1}, Event::kRestored).ok());
}

TEST(ArchiveState, AfterARecoveryTheHigherNumbersWin) {
  const SeenInBucket ahead{true, 3, 9, 40};
  for (const Phase phase : kAllPhases) {
    const ArchiveState before{phase, 7, 2, 11, 2};
    const ArchiveState after = AfterRecovery(before, ahead);
    EXPECT_EQ(after, (ArchiveState{IsSwapped(phase) ? phase : kPlanned, 41, 3, 11, 2}));
    EXPECT_EQ(AfterRecovery(before, {false, 2, 4, 5}), (ArchiveState{phase, 8, 2, 11, 2}));
  }
}

TEST(ArchiveState, ALostTableIsStoodForByPublishedPartsOnly) {
  EXPECT_FALSE(Apply({kMarked, 1, 0, 1, 1}, Event::kTableLost).ok());
  EXPECT_TRUE(Apply({kMarked, 1, 1, 1, 1}, Event::kTableLost).ok());
}

TEST(ArchiveState, DroppedIsReachedOnlyThroughEveryProof) {
  ArchiveState state;
  for (const Event event : {Event::kExportStarted, Event::kPartsUploaded, Event::kProven,
                            Event::kPublished, Event::kMarked, Event::kSwapped, Event::kDropped}) {
    EXPECT_FALSE(state.phase != kDetached && Apply(state, Event::kDropped).ok());
    Result<ArchiveState> next = Apply(state, event);
    ASSERT_TRUE(next.ok()) << EventName(event);
    state = *next;
  }
  EXPECT_EQ(state, (ArchiveState{kArchived, 8, 1, 1, 1}));
}

TEST(ArchiveState, NamesOfPhasesComeBack) {
  for (const Phase phase : kAllPhases) {
    Result<Phase> parsed = PhaseFromName(PhaseName(phase));
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(*parsed, phase);
  }
  EXPECT_EQ(PhaseFromName("dropped").code(), Code::kInvalidArgument);
}

TEST(ArchiveState, RowsMoveWhereARoundIsSwappedOrSwappedBackAndNowhereElse) {
  const auto state = [](Phase phase, int generation, int round) {
    return ArchiveState{phase, 7, generation, 1, round};
  };
  const ArchiveState detached = state(Phase::kDetached, 1, 1);
  EXPECT_TRUE(MovesRows(state(Phase::kMarked, 1, 1), detached));
  EXPECT_TRUE(MovesRows(detached, state(Phase::kMarked, 1, 1)));
  EXPECT_TRUE(MovesRows(detached, state(Phase::kArchived, 1, 1)));
  EXPECT_TRUE(MovesRows(detached, state(Phase::kDetached, 2, 1)));
  EXPECT_TRUE(MovesRows(state(Phase::kArchived, 1, 1), state(Phase::kPlanned, 1, 2)));
  ArchiveState touched = detached;
  ++touched.revision;
  ++touched.attempt;
  EXPECT_FALSE(MovesRows(detached, touched));
  EXPECT_FALSE(MovesRows(state(Phase::kUploaded, 1, 1), state(Phase::kVerified, 1, 1)));
}

}  // namespace
}  // namespace pgattic::model
