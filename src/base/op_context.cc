#include "base/op_context.h"

#include <algorithm>

namespace pgattic {

using std::chrono::milliseconds;

namespace {
// Longer budgets mean "no deadline" and would overflow the clock's nanoseconds.
constexpr milliseconds kLongestBudget = std::chrono::hours(24 * 365);
}  // namespace

OpContext::OpContext() : OpContext(SystemClock(), std::stop_token()) {}

OpContext OpContext::WithDeadline(milliseconds budget) const {
  OpContext child = *this;
  child.deadline_ = std::min(deadline_, clock_->SteadyNow() + std::min(budget, kLongestBudget));
  return child;
}

milliseconds OpContext::Remaining(milliseconds cap) const {
  if (deadline_ == std::chrono::steady_clock::time_point::max()) return cap;
  const auto left = std::chrono::duration_cast<milliseconds>(deadline_ - clock_->SteadyNow());
  return std::clamp(left, milliseconds(0), cap);
}

Status OpContext::Check() const {
  if (stop_.stop_requested()) {
    return {Code::kCancelled, "stopped on request; run again to go on"};
  }
  if (clock_->SteadyNow() >= deadline_) {
    return {Code::kDeadlineExceeded, "the time given for this operation ran out"};
  }
  return Status::Ok();
}

Status OpContext::SleepFor(milliseconds duration) const {
  PGATTIC_RETURN_IF_ERROR(Check());
  clock_->SleepFor(Remaining(duration), stop_);
  return Check();
}

}  // namespace pgattic
