#include "sandbox/played_game.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

namespace pgattic::sandbox {
namespace {

PlayedGame Played(std::uint64_t seed, EndReason ending, bool tie = false) {
  Random random(seed);
  return PlayGame(random, {.ending = ending, .tie = tie});
}

Letters Sorted(Letters letters) {
  std::ranges::sort(letters);
  return letters;
}

/// All tiles of the game: what is on the board, in the bag and on the racks.
Letters AllTiles(const PlayedGame& game) {
  Letters all = game.bag + game.racks[0] + game.racks[1];
  for (const char tile : game.board.Squares()) {
    if (tile == 0) continue;
    all += (static_cast<unsigned char>(tile) & kBlankBit) != 0 ? '\0' : tile;
  }
  return Sorted(all);
}

/// Plays the record again on an empty board and expects the same sums and position.
void ExpectReplays(const PlayedGame& game) {
  GameBoard board;
  std::array<int, 2> score{};
  for (std::size_t i = 0; i < game.turns.size(); ++i) {
    const Turn& turn = game.turns[i];
    const bool withdrawn =
        i + 1 < game.turns.size() && game.turns[i + 1].kind == TurnKind::kPhonyReturned;
    int change = turn.points;
    if (turn.kind == TurnKind::kPlay) {
      const auto words = board.Judge(turn.placement);
      ASSERT_TRUE(words);
      EXPECT_EQ(words->score, turn.points);
      EXPECT_EQ(words->words, turn.words);
      if (!withdrawn) board.Put(turn.placement);
    }
    if (turn.kind == TurnKind::kPhonyReturned || turn.kind == TurnKind::kEndRackPenalty ||
        turn.kind == TurnKind::kTimePenalty) {
      change = -change;
    }
    score.at(turn.player) += change;
    EXPECT_EQ(score.at(turn.player), turn.cumulative);
    EXPECT_GE(turn.millis_left, 0);
  }
  EXPECT_EQ(score, game.score);
  EXPECT_EQ(board.Squares(), game.board.Squares());
}

TEST(PlayedGame, ReplaysWithAllTilesAccountedFor) {
  int standard = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const PlayedGame game = Played(seed, EndReason::kStandard);
    ExpectReplays(game);
    EXPECT_EQ(AllTiles(game), FullBag());
    standard += game.reason == EndReason::kStandard;
    ASSERT_TRUE(game.winner);
    EXPECT_EQ(*game.winner == -1, game.score[0] == game.score[1]);
  }
  EXPECT_GT(standard, 290);
}

TEST(PlayedGame, EndsAsAsked) {
  for (const EndReason ending :
       {EndReason::kRunning, EndReason::kTime, EndReason::kConsecutiveZeroes, EndReason::kResigned,
        EndReason::kAborted, EndReason::kTripleChallenge, EndReason::kCancelled,
        EndReason::kForceForfeit}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const PlayedGame game = Played(seed, ending);
      EXPECT_EQ(game.reason, ending);
      ExpectReplays(game);
      const bool nobody_wins = ending == EndReason::kRunning || ending == EndReason::kAborted ||
                               ending == EndReason::kCancelled;
      EXPECT_EQ(game.winner.has_value(), !nobody_wins);
    }
  }
}

TEST(PlayedGame, TiesWhenAsked) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const PlayedGame game = Played(seed, EndReason::kStandard, true);
    EXPECT_EQ(game.score[0], game.score[1]);
    EXPECT_EQ(game.winner, -1);
    ExpectReplays(game);
  }
}

TEST(PlayedGame, DependsOnTheRandomNumbersAlone) {
  EXPECT_EQ(Played(7, EndReason::kStandard).board.Squares(),
            Played(7, EndReason::kStandard).board.Squares());
  EXPECT_NE(Played(7, EndReason::kStandard).board.Squares(),
            Played(8, EndReason::kStandard).board.Squares());
}

}  // namespace
}  // namespace pgattic::sandbox
