#include "resilience/client_limiter.h"

#include <gtest/gtest.h>

#include <string>

namespace pgattic::resilience {
namespace {

class ClientLimiterTest : public ::testing::Test {
 protected:
  ManualClock clock_{WallTime{}};
  ClientLimiter limiter_{clock_, {.per_second = 2, .burst = 2}, 3};
};

TEST_F(ClientLimiterTest, OneClientDoesNotSpendWhatIsAnothers) {
  EXPECT_FALSE(limiter_.Refused("a"));
  EXPECT_FALSE(limiter_.Refused("a"));
  EXPECT_EQ(limiter_.Refused("a"), std::chrono::milliseconds(500));
  EXPECT_FALSE(limiter_.Refused("b"));
  clock_.Advance(std::chrono::milliseconds(500));
  EXPECT_FALSE(limiter_.Refused("a"));
  EXPECT_TRUE(limiter_.Refused("a"));
}

TEST_F(ClientLimiterTest, ForgetsWhoWasAwayLongestAndNobodyElse) {
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(limiter_.Refused("busy"));
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(limiter_.Refused("client " + std::to_string(i)));
    EXPECT_TRUE(limiter_.Refused("busy")) << "its bucket is as empty as it was";
  }
  EXPECT_EQ(limiter_.size(), 3U);
}

}  // namespace
}  // namespace pgattic::resilience
