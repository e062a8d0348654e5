#include "lookup/breaker_board.h"

#include <gtest/gtest.h>

#include <string>

#include "base/clock.h"

namespace pgattic::lookup {
namespace {

using resilience::CircuitBreaker;
using State = CircuitBreaker::State;

class BreakerBoardTest : public ::testing::Test {
 protected:
  State Worst(metrics::Backend backend) const {
    for (const BreakerReading& reading : board_.Read()) {
      if (reading.backend == backend) return reading.state;
    }
    ADD_FAILURE() << "it is not watched";
    return State::kClosed;
  }
  bool Exposes(const std::string& line) const {
    return registry_.Expose().find(line) != std::string::npos;
  }

  metrics::Registry registry_;
  BreakerBoard board_{registry_};
};

TEST_F(BreakerBoardTest, TellsTheWorstOfABackend) {
  const auto first = board_.Watch(metrics::Backend::kArchive);
  const auto second = board_.Watch(metrics::Backend::kArchive);
  const auto other = board_.Watch(metrics::Backend::kDatabase);
  EXPECT_EQ(Worst(metrics::Backend::kArchive), State::kClosed);
  second(State::kOpen);
  first(State::kHalfOpen);
  EXPECT_EQ(Worst(metrics::Backend::kArchive), State::kOpen);
  EXPECT_EQ(Worst(metrics::Backend::kDatabase), State::kClosed);
  second(State::kClosed);
  EXPECT_EQ(Worst(metrics::Backend::kArchive), State::kHalfOpen);
}

TEST_F(BreakerBoardTest, ExposesTheStateOfEachBackend) {
  CircuitBreaker breaker(SystemClock(), {.failures_to_open = 1},
                         board_.Watch(metrics::Backend::kCopy));
  EXPECT_TRUE(Exposes("pgattic_breaker_state{backend=\"copy\",state=\"closed\"} 1"));
  breaker.TryAcquire()->Failed();
  EXPECT_TRUE(Exposes("pgattic_breaker_state{backend=\"copy\",state=\"open\"} 1"));
  EXPECT_TRUE(Exposes("pgattic_breaker_state{backend=\"copy\",state=\"closed\"} 0"));
  EXPECT_EQ(NameOf(Worst(metrics::Backend::kCopy)), "open");
}

}  // namespace
}  // namespace pgattic::lookup
