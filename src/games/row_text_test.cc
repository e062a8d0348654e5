#include "games/row_text.h"

#include <gtest/gtest.h>

#include "games/game.h"

namespace pgattic::games {
namespace {

RowText Parsed(const std::string& text) {
  Result<RowText> row = RowText::Parse(text);
  EXPECT_TRUE(row.ok()) << text;
  return row.ok() ? std::move(*row) : RowText();
}

TEST(RowText, ValuesStandAsTheyAre) {
  const std::string big = R"({"b":  1.10, "a": [123456789012345678901234567890, 1e999], "b": {}})";
  const RowText row = Parsed(R"({"gid": "x\"}", "stats" : )" + big + R"( , "t": true,"n":null})");
  EXPECT_EQ(row.Find("stats"), big);
  EXPECT_EQ(row.Find("gid"), R"("x\"}")");
  EXPECT_EQ(row.Find("t"), "true");
  EXPECT_EQ(row.Find("n"), "null");
  EXPECT_EQ(row.Find("a"), std::nullopt);  // A key of a document is no column.
}

TEST(RowText, NamesAreReadAsJson) {
  const RowText row = Parsed(R"({"a\u00e9\"b": 1, "x": 2, "x": 3})");
  EXPECT_EQ(row.Find("a\xc3\xa9\"b"), "1");
  EXPECT_EQ(row.Find("x"), "2");
}

TEST(RowText, EmptyAndAppended) {
  RowText row = Parsed(" { } ");
  EXPECT_EQ(row.Find("a"), std::nullopt);
  row.Append("a", "[1]");
  row.Append("b\"", "{}");
  EXPECT_EQ(row.Find("a"), "[1]");
  EXPECT_EQ(row.Find("b\""), "{}");
  const RowText again = Parsed(row.text());
  EXPECT_EQ(again.Find("a"), "[1]");
  EXPECT_EQ(again.Find("b\""), "{}");
  RowText none;
  none.Append("a", "1");
  EXPECT_EQ(none.text(), R"({"a": 1})");
}

TEST(RowText, WhatIsCutShortIsRefused) {
  const std::string whole = R"({"a": {"b": ["\\\"", 1]}, "c": "d\""})";
  EXPECT_TRUE(RowText::Parse(whole).ok());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_TRUE(RowText::Parse(whole.substr(0, length)).Is(Code::kCorruption)) << length;
  }
  for (const char* text : {"[]", "{}x", "{a: 1}", R"({"a" 1})", R"({"a": })", R"({"a": 1,})",
                           R"({"a": 1]})", R"({,})", R"({"\x": 1})", "null"}) {
    EXPECT_TRUE(RowText::Parse(text).Is(Code::kCorruption)) << text;
  }
}

TEST(Game, TellsNullFromJsonNullFromMissing) {
  using State = JsonColumn::State;
  Game game;
  game.place = Place::kArchive;
  game.row = Parsed(R"({"game_document": null, "stats": null, "tournament_data": null, )"
                    R"("quickdata": {}})");
  EXPECT_EQ(game.Document().state, State::kValue);  // The column cannot be NULL.
  EXPECT_EQ(game.Document().text, "null");
  EXPECT_EQ(game.Stats().state, State::kValue);
  EXPECT_EQ(game.TournamentData().state, State::kNull);
  EXPECT_EQ(game.Quickdata().text, "{}");
  EXPECT_EQ(game.Request().state, State::kMissing);
  EXPECT_EQ(game.Column("nothing").state, State::kMissing);
  game.place = Place::kGames;
  EXPECT_EQ(game.Stats().state, State::kNull);
}

TEST(Game, EveryNumberHasOneStatus) {
  EXPECT_EQ(MigrationStatusOf(std::nullopt), MigrationStatus::kNotMigrated);
  EXPECT_EQ(MigrationStatusOf(0), MigrationStatus::kNotMigrated);
  EXPECT_EQ(MigrationStatusOf(1), MigrationStatus::kMigrated);
  EXPECT_EQ(MigrationStatusOf(2), MigrationStatus::kCleaned);
  EXPECT_EQ(MigrationStatusOf(3), MigrationStatus::kArchived);
  for (const std::int64_t number : {-1, 4, 32767}) {
    EXPECT_EQ(MigrationStatusOf(number), MigrationStatus::kUnknown);
  }
}

}  // namespace
}  // namespace pgattic::games
