#include "resilience/last_look.h"

#include <gtest/gtest.h>

namespace pgattic::resilience {
namespace {

using std::chrono::milliseconds;

class LastLookTest : public ::testing::Test {
 protected:
  Result<LastLook<int>::Shared> Get() {
    return last_look_.Get({}, [this]() -> Result<int> {
      ++looks_;
      if (fails_) return {Code::kUnavailable, "nothing to be seen"};
      return looks_;
    });
  }

  ManualClock clock_{WallTime{}};
  LastLook<int> last_look_{clock_, milliseconds(100)};
  int looks_ = 0;
  bool fails_ = false;
};

TEST_F(LastLookTest, IsGoodForAMoment) {
  EXPECT_EQ(last_look_.last(), nullptr);
  EXPECT_EQ(**Get(), 1);
  clock_.Advance(milliseconds(99));
  EXPECT_EQ(**Get(), 1);
  clock_.Advance(milliseconds(1));
  EXPECT_EQ(**Get(), 2);
}

TEST_F(LastLookTest, AFailureIsToldAndNotKept) {
  EXPECT_EQ(**Get(), 1);
  clock_.Advance(milliseconds(100));
  fails_ = true;
  for (int look = 2; look < 4; ++look) {
    EXPECT_TRUE(Get().Is(Code::kUnavailable));
    EXPECT_EQ(looks_, look);
    EXPECT_EQ(*last_look_.last(), 1) << "what was seen before";
  }
}

}  // namespace
}  // namespace pgattic::resilience
