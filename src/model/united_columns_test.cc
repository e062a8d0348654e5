#include "model/united_columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/test_archives.h"

namespace pgattic::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Column Typed(const std::string& name, Transport transport, std::int32_t typmod = -1,
             const std::string& formatted = "x") {
  return {name, {0, typmod, formatted}, true, transport};
}

std::int32_t Typmod(int precision, int scale) { return ((precision << 16) | scale) + 4; }

UnitedColumn Only(const Column& older, const Column& newer) {
  const auto united = UniteColumns({ArchiveOf(2024, 1, {older}), ArchiveOf(2024, 2, {newer})});
  EXPECT_EQ(united.size(), 1U);
  return united.front();
}

TEST(UniteColumns, TheNewestComesFirstWhateverTheOrderOfTheArchives) {
  const std::vector<Metadata> archives = {ArchiveOf(2024, 3, {Text("a"), Text("c")}),
                                          ArchiveOf(2024, 1, {Text("a"), Text("b")}),
                                          ArchiveOf(2024, 2, {Text("b"), Text("a")})};
  const auto united = UniteColumns(archives);
  ASSERT_EQ(united.size(), 3U);
  EXPECT_EQ(united[0].name, "a");
  EXPECT_THAT(united[0].notes, IsEmpty());
  EXPECT_EQ(united[1].name, "c");
  EXPECT_THAT(united[1].notes, ElementsAre("NULL in past_games_2024_02, past_games_2024_01"));
  EXPECT_EQ(united[2].name, "b");
  EXPECT_THAT(united[2].notes, ElementsAre("NULL in past_games_2024_03"));
}

TEST(UniteColumns, CaseMakesNoOtherColumn) {
  EXPECT_EQ(Only(Text("GID"), Text("gid")).name, "gid");
}

TEST(UniteColumns, NumbersAreWidened) {
  using enum Transport;
  EXPECT_EQ(Only(Typed("a", kInt64), Typed("a", kInt16)).transport, kInt64);
  EXPECT_EQ(Only(Typed("a", kInt16), Typed("a", kInt32)).transport, kInt32);
  EXPECT_EQ(Only(Typed("a", kFloat64), Typed("a", kFloat32)).transport, kFloat64);
  const UnitedColumn decimal =
      Only(Typed("a", kDecimal, Typmod(10, 4)), Typed("a", kDecimal, Typmod(12, 2)));
  EXPECT_EQ(decimal.decimal.precision, 14);
  EXPECT_EQ(decimal.decimal.scale, 4);
  EXPECT_THAT(decimal.notes, IsEmpty());
  EXPECT_THAT(Only(Typed("a", kJsonb), Typed("a", kText)).notes, IsEmpty()) << "text both";
}

TEST(UniteColumns, AnyOtherChangeIsSaid) {
  using enum Transport;
  const UnitedColumn column = Only(Typed("a", kText, -1, "timestamp"), Typed("a", kTimestamp));
  EXPECT_EQ(column.transport, kTimestamp);
  EXPECT_THAT(column.notes, ElementsAre("type changed: timestamp as text in past_games_2024_01, "
                                        "which cannot be read with this column"));
  const UnitedColumn decimal =
      Only(Typed("a", kDecimal, Typmod(38, 30)), Typed("a", kDecimal, Typmod(38, 2)));
  EXPECT_EQ(decimal.notes.size(), 1U) << "no decimal holds both";
  EXPECT_EQ(decimal.decimal.precision, 38);
}

TEST(UniteColumns, ManyArchivesAreCounted) {
  std::vector<Metadata> archives;
  for (int month = 1; month <= 6; ++month) archives.push_back(ArchiveOf(2024, month, {}));
  archives.push_back(ArchiveOf(2024, 7, {Text("a")}));
  EXPECT_THAT(UniteColumns(archives).front().notes,
              ElementsAre("NULL in past_games_2024_06, past_games_2024_05, past_games_2024_04 and "
                          "3 more"));
}

}  // namespace
}  // namespace pgattic::model
