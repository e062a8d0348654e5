#include "analytics/plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pgattic::analytics {
namespace {

std::size_t Count(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(Plot, TicksAreRoundAndReachTheMost) {
  EXPECT_THAT(RoundTicks(4), testing::ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(RoundTicks(97), testing::ElementsAre(0, 25, 50, 75, 100));
  EXPECT_THAT(RoundTicks(0.3), testing::ElementsAre(0, 0.1, 0.2, testing::DoubleNear(0.3, 1e-9)));
  for (const double most : {1.0, 7.0, 999.0, 123456.0, 1e9}) {
    const std::vector<double> ticks = RoundTicks(most);
    EXPECT_GE(ticks.back(), most);
    EXPECT_LE(ticks.size(), 7U) << most;
    EXPECT_GE(ticks.size(), 4U) << most;
  }
}

TEST(Plot, DrawsALineForEachNumericColumn) {
  const Figure figure{"T",
                      {"month", "games", "name", "wins"},
                      {{"2024-01-01", "5", "x", "1"}, {"2024-02-01", std::nullopt, "y", "2"}}};
  const auto svg = DrawSvg(figure, PlotKind::kLine);
  ASSERT_TRUE(svg.ok()) << svg.status().ToString();
  EXPECT_EQ(Count(*svg, "<path "), 2U);
  EXPECT_EQ(Count(*svg, ">games<"), 1U);
  EXPECT_EQ(Count(*svg, ">name<"), 0U);
  EXPECT_EQ(Count(*svg, "prefers-color-scheme:dark"), 1U);
}

TEST(Plot, StacksSeriesOverEachOther) {
  const Figure figure{
      "T", {"month", "kind", "games"}, {{"1", "a", "5"}, {"1", "b", "7"}, {"2", "b", "3"}}};
  const auto svg = DrawSvg(figure, PlotKind::kStacked);
  ASSERT_TRUE(svg.ok());
  EXPECT_EQ(Count(*svg, "</title></rect>"), 4U);
  EXPECT_EQ(Count(*svg, ">15<"), 1U) << "the axis reaches over 12, the sum of the first month";
}

TEST(Plot, EscapesWhatIsMarkup) {
  const Figure figure{"<b>&\"", {"<i>", "n"}, {{"</svg><script>", "1"}}};
  const auto svg = DrawSvg(figure, PlotKind::kBars);
  ASSERT_TRUE(svg.ok());
  for (const std::string& text : {*svg, DrawHtml(figure, PlotKind::kBars)}) {
    EXPECT_EQ(Count(text, "<script>"), 0U);
    EXPECT_EQ(Count(text, "<b>"), 0U);
    EXPECT_GE(Count(text, "&lt;/svg&gt;&lt;script&gt;"), 1U);
  }
  EXPECT_EQ(EscapeMarkup(std::string("a\x01\0b", 4)), "ab");
}

TEST(Plot, SaysWhereThereIsNothingToDraw) {
  for (const Figure& figure : {Figure{"T", {"a", "b"}, {}}, Figure{"T", {"a", "b"}, {{"x", "y"}}},
                               Figure{"T", {"a", "b"}, {{"x", "0"}}}}) {
    const auto svg = DrawSvg(figure, PlotKind::kBars);
    ASSERT_FALSE(svg.ok());
    EXPECT_TRUE(svg.status().Is(Code::kInvalidArgument));
    EXPECT_EQ(Count(DrawHtml(figure, PlotKind::kBars), "<table>"), 1U);
  }
}

}  // namespace
}  // namespace pgattic::analytics
