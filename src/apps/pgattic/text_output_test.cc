#include "text_output.h"

#include <gtest/gtest.h>

#include "progress.h"

namespace pgattic::app {
namespace {

TEST(TextTableTest, AlignsEachColumnToItsSideInCharacters) {
  TextTable table({{"partition"}, {"rows", Align::kRight}, {"note"}});
  table.Add({"2024_01", "1,234", "7 \xe2\x86\x92 8"});
  table.Add({"a", "-", ""});
  EXPECT_EQ(table.ToString(),
            "partition   rows  note\n"
            "2024_01    1,234  7 \xe2\x86\x92 8\n"
            "a              -\n");
}

TEST(HumanTest, NumbersAreGroupedAndScaled) {
  EXPECT_EQ(HumanCount(0), "0");
  EXPECT_EQ(HumanCount(999), "999");
  EXPECT_EQ(HumanCount(1234567), "1,234,567");
  EXPECT_EQ(HumanCount(-123456), "-123,456");
  EXPECT_EQ(HumanBytes(1023), "1023 B");
  EXPECT_EQ(HumanBytes(1536), "1.5 KiB");
  EXPECT_EQ(HumanSeconds(0.4), "0 s");
  EXPECT_EQ(HumanSeconds(119), "119 s");
  EXPECT_EQ(HumanSeconds(600), "10 min");
  EXPECT_EQ(HumanSeconds(12000), "3 h 20 min");
  EXPECT_EQ(HumanSeconds(200000), "2 d");
}

TEST(ProgressTest, ABarCarriesRowsRatesAndEta) {
  const archive::Progress half{"p1", "export", 5000, 10000, 20'000'000};
  EXPECT_EQ(ProgressBar(half, 10, 200),
            "p1: export [==========>         ] 50 % 5,000 rows, 500 rows/s, 2.0 MB/s, ETA 10 s");
  EXPECT_EQ(ProgressBar(half, 10, 9), "p1: expor");
}

TEST(ProgressTest, AnEstimateThatWasTooLowIsNeverMoreThanAll) {
  const archive::Progress more{"p1", "export", 300, 100, 0};
  EXPECT_EQ(ProgressBar(more, 1, 200),
            "p1: export [====================] 100 % 300 rows, 300 rows/s");
  const archive::Progress unknown{"p1", "mark", 300, 0, 0};
  EXPECT_EQ(ProgressBar(unknown, 0, 200), "p1: mark 300 rows");
}

TEST(ProgressTest, AStepEndsWithItsRate) {
  EXPECT_EQ(StepSummary({"p1", "proof", 1000, 1000, 5'000'000}, 2),
            "p1: proof, 1,000 rows in 2.0 s, 500 rows/s, 2.5 MB/s");
}

}  // namespace
}  // namespace pgattic::app
