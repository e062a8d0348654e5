// Clock: the only source of time, injected, so that tests run a calendar in seconds.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <stop_token>

namespace pgattic {

/// Wall time in microseconds since 1970-01-01 UTC.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

/// Wall and steady time, and sleeping. Thread-safe.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  virtual WallTime WallNow() const = 0;
  virtual std::chrono::steady_clock::time_point SteadyNow() const = 0;
  /// Blocks for `duration` or until a stop is requested.
  virtual void SleepFor(std::chrono::milliseconds duration, const std::stop_token& stop) = 0;
};

/// Returns the system's clock; it lives as long as the process.
Clock& SystemClock();

/// A clock that stands still until told; SleepFor advances it. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start) : start_(start) {}
  WallTime WallNow() const override;
  std::chrono::steady_clock::time_point SteadyNow() const override;
  void SleepFor(std::chrono::milliseconds duration, const std::stop_token& stop) override;
  void Advance(std::chrono::microseconds by);

 private:
  WallTime start_;
  std::atomic<std::int64_t> elapsed_us_{0};
};

}  // namespace pgattic
