// PlayedGame: one game played by two players who can place tiles but cannot spell.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/game_board.h"
#include "sandbox/random.h"

namespace pgattic::sandbox {

/// Why a game ended, as the application numbers it.
enum class EndReason {
  kRunning = 0,
  kTime = 1,
  kStandard = 2,
  kConsecutiveZeroes = 3,
  kResigned = 4,
  kAborted = 5,
  kTripleChallenge = 6,
  kCancelled = 7,
  kForceForfeit = 8,
};

enum class TurnKind {
  kPlay,
  kPhonyReturned,  ///< The play before it is withdrawn.
  kPass,
  kExchange,
  kChallengeBonus,
  kResigned,
  kTimedOut,
  kEndRackPoints,  ///< For the player who went out: twice what the other holds.
  kEndRackPenalty,
  kTimePenalty,
};

/// One line of a game's record.
struct Turn {
  TurnKind kind = TurnKind::kPlay;
  std::size_t player = 0;
  Letters rack = {};
  Placement placement = {};  ///< Of plays, and of the play that is withdrawn.
  Letters exchanged = {};
  std::vector<Letters> words = {};
  int points = 0;  ///< Gained, or lost where the kind takes points away.
  int cumulative = 0;
  std::int64_t millis_left = 0;
  bool is_bingo = false;
};

/// What is asked of a game.
struct PlayOptions {
  EndReason ending = EndReason::kStandard;
  std::int64_t seconds = 900;  ///< Of each player's clock.
  bool tie = false;            ///< Only with kStandard.
};

/// A finished or running game. Sums, board, bag and racks agree with the turns.
struct PlayedGame {
  EndReason reason = EndReason::kStandard;
  std::vector<Turn> turns = {};
  GameBoard board = {};
  Letters bag = {};
  std::array<Letters, 2> racks = {};
  std::array<int, 2> score{};
  std::array<std::int64_t, 2> millis_left{};
  std::optional<int> winner = {};  ///< 0, 1, -1 for a tie; none when nobody won.
  std::size_t on_turn = 0;
};

/// Plays a game. The same random numbers give the same game. kStandard may turn into
/// kConsecutiveZeroes when neither player finds a place for a tile.
PlayedGame PlayGame(Random& random, const PlayOptions& options);

}  // namespace pgattic::sandbox
