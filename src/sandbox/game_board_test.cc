#include "sandbox/game_board.h"

#include <gtest/gtest.h>

#include <string_view>

namespace pgattic::sandbox {
namespace {

/// "CAT" as letters; lower case for blanks, '.' for a square that is taken.
Letters Tiles(std::string_view text) {
  Letters out;
  for (const char c : text) {
    if (c == '.') out += '\0';
    if (c >= 'A' && c <= 'Z') out += static_cast<char>(c - 'A' + 1);
    if (c >= 'a' && c <= 'z') {
      out += static_cast<char>(static_cast<unsigned>(c - 'a' + 1) | kBlankBit);
    }
  }
  return out;
}

GameBoard WithCatInTheCentre() {
  GameBoard board;
  board.Put(board.Fit(7, 6, false, Tiles("CAT")).value());
  return board;
}

TEST(GameBoard, BagHoldsAHundredTiles) {
  EXPECT_EQ(FullBag().size(), 100U);
  int points = 0;
  for (const char tile : FullBag()) points += LetterValue(tile);
  EXPECT_EQ(points, 187);
}

TEST(GameBoard, FirstPlayMustCoverTheCentreAndCountsDouble) {
  const GameBoard board;
  const auto words = board.Judge(board.Fit(7, 6, false, Tiles("CAT")).value());
  ASSERT_TRUE(words);
  EXPECT_EQ(words->score, 10);
  EXPECT_EQ(words->words, std::vector<Letters>{Tiles("CAT")});
  EXPECT_FALSE(board.Judge(board.Fit(0, 0, false, Tiles("CAT")).value()));
}

TEST(GameBoard, GoesThroughTilesThatLieThere) {
  const GameBoard board = WithCatInTheCentre();
  const auto placement = board.Fit(7, 9, false, Tiles("S"));
  ASSERT_TRUE(placement);
  EXPECT_EQ(placement->column, 6);
  EXPECT_EQ(placement->tiles, Tiles("...S"));
  const auto words = board.Judge(*placement);
  ASSERT_TRUE(words);
  EXPECT_EQ(words->words, std::vector<Letters>{Tiles("CATS")});
  EXPECT_EQ(words->score, 6);  // No premium counts twice.
}

TEST(GameBoard, CountsCrossWords) {
  const GameBoard board = WithCatInTheCentre();
  // ON above A and T: OA and NT read down, both with the double letter square of (6, 8).
  const auto words = board.Judge(board.Fit(6, 7, false, Tiles("ON")).value());
  ASSERT_TRUE(words);
  EXPECT_EQ(words->words, (std::vector<Letters>{Tiles("ON"), Tiles("OA"), Tiles("NT")}));
  EXPECT_EQ(words->score, 3 + 2 + 3);
}

TEST(GameBoard, BlanksScoreNothingAndReadAsLetters) {
  const GameBoard board = WithCatInTheCentre();
  const auto words = board.Judge(board.Fit(7, 9, false, Tiles("s")).value());
  ASSERT_TRUE(words);
  EXPECT_EQ(words->score, 5);
  EXPECT_EQ(words->words[0], Tiles("CATS"));
}

TEST(GameBoard, RewardsAllSevenTiles) {
  const GameBoard board;
  const auto words = board.Judge(board.Fit(7, 7, false, Tiles("AEIOUNR")).value());
  ASSERT_TRUE(words);
  EXPECT_EQ(words->score, (6 + 2) * 2 + 50);  // U is on the double letter square (7, 11).
}

TEST(GameBoard, RefusesWhatRunsOffOrTouchesNothing) {
  const GameBoard board = WithCatInTheCentre();
  EXPECT_FALSE(board.Fit(0, 13, false, Tiles("CAT")));
  EXPECT_FALSE(board.Judge(board.Fit(0, 0, true, Tiles("CAT")).value()));
  EXPECT_FALSE(board.Judge(board.Fit(6, 6, false, Tiles("A")).value()));
}

}  // namespace
}  // namespace pgattic::sandbox
