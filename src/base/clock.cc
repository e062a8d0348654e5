#include "base/clock.h"

#include <condition_variable>
#include <mutex>

namespace pgattic {
namespace {

class RealClock final : public Clock {
 public:
  WallTime WallNow() const override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now());
  }
  std::chrono::steady_clock::time_point SteadyNow() const override {
    return std::chrono::steady_clock::now();
  }
  void SleepFor(std::chrono::milliseconds duration, const std::stop_token& stop) override {
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock lock(mutex);
    woken.wait_for(lock, stop, duration, [] { return false; });
  }
};

}  // namespace

Clock& SystemClock() {
  static RealClock clock;
  return clock;
}

WallTime ManualClock::WallNow() const {
  return start_ + std::chrono::microseconds(elapsed_us_.load());
}

std::chrono::steady_clock::time_point ManualClock::SteadyNow() const {
  return std::chrono::steady_clock::time_point(std::chrono::microseconds(elapsed_us_.load()));
}

void ManualClock::SleepFor(std::chrono::milliseconds duration, const std::stop_token&) {
  Advance(duration);
}

void ManualClock::Advance(std::chrono::microseconds by) { elapsed_us_ += by.count(); }

}  // namespace pgattic
