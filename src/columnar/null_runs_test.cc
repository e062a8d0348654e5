#include "columnar/null_runs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace pgattic::columnar {
namespace {

// Three rows that are present, eight by bits (1010'0110, lowest first), two NULLs.
const std::string kThreeRuns("\x06\x01\x03\xa6\x04\x00", 6);
const std::string kPresent = "1110110010100";

TEST(NullRuns, CountRowsThatArePresentFromAnyRowToAny) {
  for (std::size_t from = 0; from <= kPresent.size(); ++from) {
    for (std::size_t to = from; to <= kPresent.size(); ++to) {
      NullRuns runs(AsBytes(kThreeRuns));
      ASSERT_TRUE(runs.Skip(static_cast<std::int64_t>(from)).has_value());
      const std::string between = kPresent.substr(from, to - from);
      EXPECT_EQ(runs.Skip(static_cast<std::int64_t>(to - from)),
                std::count(between.begin(), between.end(), '1'))
          << from << " to " << to;
    }
  }
}

TEST(NullRuns, EndWithTheirBytes) {
  NullRuns runs(AsBytes(kThreeRuns));
  EXPECT_FALSE(runs.Skip(14).has_value());
  EXPECT_FALSE(NullRuns(ByteView()).Skip(1).has_value());
  EXPECT_EQ(NullRuns(ByteView()).Skip(0), 0);
}

TEST(NullRuns, RefuseWhatParquetDoesNotWrite) {
  for (const std::string& bytes :
       {std::string("\x06", 1),                                 // no level
        std::string("\x06\x02", 2),                             // a level of 2
        std::string("\x00\x01", 2), std::string("\x01", 1),     // empty runs
        std::string("\x07\xff", 2),                             // fewer bytes than groups
        std::string("\xff\xff\xff\xff\xff\xff\x01\x01", 8)}) {  // a length without end
    EXPECT_FALSE(NullRuns(AsBytes(bytes)).Skip(1).has_value());
  }
}

TEST(NullRuns, TakeLongRuns) {
  const std::string million("\x80\x89\x7a\x01", 4);  // 1,000,000 rows
  NullRuns runs(AsBytes(million));
  EXPECT_EQ(runs.Skip(999'999), 999'999);
  EXPECT_EQ(runs.Skip(1), 1);
  EXPECT_FALSE(runs.Skip(1).has_value());
}

}  // namespace
}  // namespace pgattic::columnar
