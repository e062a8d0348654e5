#include "sandbox/game_ids.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace pgattic::sandbox {
namespace {

bool IsId(const std::string& id) { return id.find_first_not_of(kIdAlphabet) == std::string::npos; }

TEST(GameIds, AreDifferentAndWellFormed) {
  for (const int length : {kShortIdLength, kLongIdLength}) {
    std::set<std::string> seen;
    for (std::uint64_t i = 0; i < 20000; ++i) {
      const std::string id = MakeId(5, i, length);
      EXPECT_EQ(id.size(), static_cast<std::size_t>(length));
      EXPECT_TRUE(IsId(id)) << id;
      EXPECT_TRUE(seen.insert(id).second) << id;
    }
  }
}

TEST(GameIds, HaveNoOrderInTime) {
  int ascending = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) ascending += MakeId(5, i, 8) < MakeId(5, i + 1, 8);
  EXPECT_GT(ascending, 400);
  EXPECT_LT(ascending, 600);
}

TEST(GameIds, DependOnTheSeed) {
  EXPECT_EQ(MakeId(1, 42, 8), MakeId(1, 42, 8));
  EXPECT_NE(MakeId(1, 42, 8), MakeId(2, 42, 8));
  EXPECT_EQ(MakeLongId(1, 42).size(), 22U);
  EXPECT_TRUE(IsId(MakeLongId(1, 42)));
  EXPECT_NE(MakeLongId(1, 42), MakeLongId(1, 43));
}

TEST(GameIds, TwinsDifferInCaseAlone) {
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const std::string id = MakeId(5, i, 8);
    const std::string twin = CaseTwin(id, i);
    EXPECT_TRUE(IsId(twin));
    EXPECT_NE(twin, id);
    EXPECT_EQ(strcasecmp(twin.c_str(), id.c_str()), 0);
    EXPECT_NE(CaseTwin(twin, i + 1), id) << "a twin's twin is another";
  }
  EXPECT_EQ(CaseTwin("2345", 0), "2345");
  EXPECT_EQ(CaseTwin("Lio2", 0), "Lio2") << "their other case is not of the alphabet";
}

}  // namespace
}  // namespace pgattic::sandbox
