// OpContext: what every call that blocks is given first.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace pgattic {

/// Deadline, stop token, clock and name of one operation. A value to be passed by reference
/// down one call chain; children are made by WithDeadline. Thread-compatible; `stop` may be
/// requested from any thread.
class OpContext {
 public:
  /// No deadline, never stopped, the system's clock.
  OpContext();
  OpContext(Clock& clock, std::stop_token stop) : clock_(&clock), stop_(std::move(stop)) {}

  /// Returns a child whose deadline is the earlier of this one's and now + `budget`.
  OpContext WithDeadline(std::chrono::milliseconds budget) const;

  /// Returns a child that `stop` ends, and this one's own token no longer does.
  OpContext WithStop(std::stop_token stop) const {
    OpContext child = *this;
    child.stop_ = std::move(stop);
    return child;
  }

  Clock& clock() const { return *clock_; }
  const std::stop_token& stop() const { return stop_; }
  std::chrono::steady_clock::time_point deadline() const { return deadline_; }
  /// Returns the time left, at most `cap`, at least zero.
  std::chrono::milliseconds Remaining(std::chrono::milliseconds cap) const;

  /// Returns Cancelled or DeadlineExceeded when there is no point in going on.
  Status Check() const;
  /// Blocks for `duration`. Returns early, with Check()'s error, when stopped or out of time.
  Status SleepFor(std::chrono::milliseconds duration) const;

 private:
  Clock* clock_;
  std::stop_token stop_;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
};

}  // namespace pgattic
