// GameBoard: a crossword board of 15 by 15 squares with the usual premium squares.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pgattic::sandbox {

/// Letters as the application numbers them: 1 to 26 for A to Z, with kBlankBit when a blank
/// stands for the letter. 0 is a blank in a rack and "nothing placed here" in a play.
using Letters = std::string;
inline constexpr unsigned kBlankBit = 0x80;
inline constexpr int kBoardSize = 15;

/// Returns the letter without the mark of a blank.
inline char PlainLetter(char letter) { return static_cast<char>(letter & 0x1f); }
/// Returns what a letter scores: nothing for a blank.
int LetterValue(char letter);
/// Returns the 100 tiles of an English set, in order.
Letters FullBag();

/// Where a player puts tiles: along a row, or down a column when vertical.
struct Placement {
  int row = 0;
  int column = 0;
  bool vertical = false;
  Letters tiles = {};  ///< From the first square on; 0 where a tile already lies.
};

/// What a placement is worth. The main word comes first.
struct PlayedWords {
  int score = 0;
  std::vector<Letters> words;
};

/// The tiles on the board. Judges geometry and scores, not spelling: the archive never does
/// either. A plain value; not thread-safe.
class GameBoard {
 public:
  bool IsEmpty(int row, int column) const { return squares_[Index(row, column)] == 0; }
  bool is_blank_slate() const { return tile_count_ == 0; }

  /// Returns a placement of all of `tiles` on the line through (row, column), the first of
  /// them there or on the next empty square, with the tiles that lie before, between and
  /// after; nullopt when they run off the board.
  std::optional<Placement> Fit(int row, int column, bool vertical, const Letters& tiles) const;

  /// Returns words and score; nullopt when it makes no word of two letters or more or touches
  /// nothing. The first play has to cover the centre.
  std::optional<PlayedWords> Judge(const Placement& placement) const;

  /// Puts the tiles down. REQUIRES: a placement that Fit returned for this board.
  void Put(const Placement& placement);

  /// The squares row by row, 0 for an empty one.
  Letters Squares() const { return {squares_.begin(), squares_.end()}; }

 private:
  static std::size_t Index(int row, int column) {
    return static_cast<std::size_t>(row) * kBoardSize + static_cast<std::size_t>(column);
  }
  static bool OnBoard(int row, int column) {
    return row >= 0 && row < kBoardSize && column >= 0 && column < kBoardSize;
  }
  bool IsTaken(int row, int column) const { return OnBoard(row, column) && !IsEmpty(row, column); }
  /// Adds the word that `letter` makes across the main line; false when it makes none.
  bool AddCrossWord(int row, int column, bool vertical, char letter, PlayedWords& out) const;

  std::array<char, std::size_t{kBoardSize} * kBoardSize> squares_{};
  int tile_count_ = 0;
};

}  // namespace pgattic::sandbox
