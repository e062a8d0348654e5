// GameMaker: from a number to a game, always the same one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sandbox/game.h"
#include "sandbox/game_cases.h"
#include "sandbox/random.h"

namespace pgattic::sandbox {

/// Which game to make.
struct GameSlot {
  std::uint64_t number = 0;  ///< Unlike that of any other game of the seed; below 2^40.
  std::int64_t created_us = 0;
  std::optional<GameCase> kind = {};
  bool ended = false;  ///< A running case is played to its end.
};

/// Makes games that depend on seed and slot alone. Immutable after construction, so safe to
/// use from several threads; the games point into it.
class GameMaker {
 public:
  GameMaker(std::uint64_t seed, std::size_t huge_document_bytes)
      : seed_(seed), huge_document_bytes_(huge_document_bytes), players_(MakePlayers()) {}
  GameMaker(const GameMaker&) = delete;
  GameMaker& operator=(const GameMaker&) = delete;

  Game Make(const GameSlot& slot) const;
  const std::vector<Player>& players() const { return players_; }

 private:
  bool IsRematch(std::uint64_t number) const;
  void Agree(const GameSlot& slot, Game& game) const;
  void Play(const GameSlot& slot, Game& game) const;
  void ApplyCase(const GameSlot& slot, Game& game) const;

  std::uint64_t seed_;
  std::size_t huge_document_bytes_;
  std::vector<Player> players_;
};

}  // namespace pgattic::sandbox
