#include "sandbox/game_board.h"

#include <algorithm>
#include <string_view>

namespace pgattic::sandbox {
namespace {

constexpr std::array<int, 27> kValues = {0, 1, 3, 3,  2, 1, 4, 2, 4, 1, 8, 5, 1, 3,
                                         1, 1, 3, 10, 1, 1, 1, 1, 4, 4, 8, 4, 10};
constexpr std::array<std::size_t, 27> kCounts = {2, 9, 2, 2, 4, 12, 2, 3, 2, 9, 1, 1, 4, 2,
                                                 6, 8, 2, 1, 6, 4,  6, 4, 2, 2, 1, 2, 1};
constexpr int kAllTilesBonus = 50;
constexpr int kRackSize = 7;
constexpr int kCentre = kBoardSize / 2;

/// Upper half of the board; the lower mirrors it. T, D: word; t, d: letter.
constexpr std::array<std::string_view, 8> kPremiums = {
    "T..d...T...d..T", ".D...t...t...D.", "..D...d.d...D..", "d..D...d...D..d",
    "....D.....D....", ".t...t...t...t.", "..d...d.d...d..", "T..d...D...d..T"};

char PremiumAt(int row, int column) {
  const int mirrored = std::min(row, kBoardSize - 1 - row);
  return kPremiums[static_cast<std::size_t>(mirrored)][static_cast<std::size_t>(column)];
}

int LetterFactor(char premium) { return premium == 't' ? 3 : premium == 'd' ? 2 : 1; }
int WordFactor(char premium) { return premium == 'T' ? 3 : premium == 'D' ? 2 : 1; }

}  // namespace

int LetterValue(char letter) {
  if ((static_cast<unsigned char>(letter) & kBlankBit) != 0) return 0;
  return kValues.at(static_cast<std::size_t>(letter));
}

Letters FullBag() {
  Letters bag;
  for (std::size_t letter = 0; letter < kCounts.size(); ++letter) {
    bag.append(kCounts[letter], static_cast<char>(letter));
  }
  return bag;
}

std::optional<Placement> GameBoard::Fit(int row, int column, bool vertical,
                                        const Letters& tiles) const {
  const int down = vertical ? 1 : 0;
  const int right = vertical ? 0 : 1;
  while (IsTaken(row - down, column - right)) {
    row -= down;
    column -= right;
  }
  Placement placement{row, column, vertical, {}};
  std::size_t next = 0;
  for (; next < tiles.size() || IsTaken(row, column); row += down, column += right) {
    if (!OnBoard(row, column)) return std::nullopt;
    placement.tiles += IsEmpty(row, column) ? tiles[next++] : '\0';
  }
  return placement;
}

bool GameBoard::AddCrossWord(int row, int column, bool vertical, char letter,
                             PlayedWords& out) const {
  const int down = vertical ? 0 : 1;  // Across the main line.
  const int right = vertical ? 1 : 0;
  if (!IsTaken(row - down, column - right) && !IsTaken(row + down, column + right)) {
    return false;
  }
  const char premium = PremiumAt(row, column);
  int r = row;
  int c = column;
  while (IsTaken(r - down, c - right)) {
    r -= down;
    c -= right;
  }
  Letters word;
  int sum = 0;
  for (; (r == row && c == column) || IsTaken(r, c); r += down, c += right) {
    const bool placed = r == row && c == column;
    const char here = placed ? letter : squares_[Index(r, c)];
    sum += LetterValue(here) * (placed ? LetterFactor(premium) : 1);
    word += PlainLetter(here);
  }
  out.score += sum * WordFactor(premium);
  out.words.push_back(std::move(word));
  return true;
}

std::optional<PlayedWords> GameBoard::Judge(const Placement& placement) const {
  if (placement.tiles.size() < 2) return std::nullopt;
  PlayedWords out;
  out.words.emplace_back();
  int sum = 0;
  int factor = 1;
  int placed = 0;
  bool touches = false;
  for (std::size_t i = 0; i < placement.tiles.size(); ++i) {
    const int step = static_cast<int>(i);
    const int row = placement.row + (placement.vertical ? step : 0);
    const int column = placement.column + (placement.vertical ? 0 : step);
    const char tile = placement.tiles[i];
    if (tile == 0) {
      touches = true;
      sum += LetterValue(squares_[Index(row, column)]);
      out.words[0] += PlainLetter(squares_[Index(row, column)]);
      continue;
    }
    const char premium = PremiumAt(row, column);
    sum += LetterValue(tile) * LetterFactor(premium);
    factor *= WordFactor(premium);
    ++placed;
    out.words[0] += PlainLetter(tile);
    touches |= AddCrossWord(row, column, placement.vertical, tile, out);
    touches |= is_blank_slate() && row == kCentre && column == kCentre;
  }
  if (!touches) return std::nullopt;
  out.score += sum * factor + (placed == kRackSize ? kAllTilesBonus : 0);
  return out;
}

void GameBoard::Put(const Placement& placement) {
  for (std::size_t i = 0; i < placement.tiles.size(); ++i) {
    if (placement.tiles[i] == 0) continue;
    const int step = static_cast<int>(i);
    squares_[Index(placement.row + (placement.vertical ? step : 0),
                   placement.column + (placement.vertical ? 0 : step))] = placement.tiles[i];
    ++tile_count_;
  }
}

}  // namespace pgattic::sandbox
