#include "resilience/circuit_breaker.h"

#include <algorithm>
#include <utility>

namespace pgattic::resilience {

CircuitBreaker::Permit::Permit(Permit&& other) noexcept
    : breaker_(std::exchange(other.breaker_, nullptr)), epoch_(other.epoch_) {}

CircuitBreaker::Permit::~Permit() { Give(Verdict::kNone); }

void CircuitBreaker::Permit::Succeeded() { Give(Verdict::kSuccess); }

void CircuitBreaker::Permit::Failed() { Give(Verdict::kFailure); }

void CircuitBreaker::Permit::Give(Verdict verdict) {
  if (CircuitBreaker* breaker = std::exchange(breaker_, nullptr)) breaker->Take(epoch_, verdict);
}

CircuitBreaker::CircuitBreaker(Clock& clock, const CircuitBreakerOptions& options,
                               Listener listener)
    : clock_(clock),
      options_(options),
      listener_(std::move(listener)),
      open_for_(options.open_for) {}

std::optional<CircuitBreaker::Permit> CircuitBreaker::TryAcquire() {
  const std::lock_guard lock(mutex_);
  if (state_ == State::kOpen && IsOpenTimeOver()) Enter(State::kHalfOpen);
  switch (state_) {
    case State::kClosed:
      return Permit(*this, epoch_);
    case State::kOpen:
      return std::nullopt;
    case State::kHalfOpen:
      if (std::exchange(trial_is_out_, true)) return std::nullopt;
      return Permit(*this, epoch_);
  }
  return std::nullopt;
}

CircuitBreaker::State CircuitBreaker::state() const {
  const std::lock_guard lock(mutex_);
  return state_ == State::kOpen && IsOpenTimeOver() ? State::kHalfOpen : state_;
}

void CircuitBreaker::Take(std::uint64_t epoch, Permit::Verdict verdict) {
  const std::lock_guard lock(mutex_);
  if (epoch != epoch_) return;
  trial_is_out_ = false;
  if (verdict == Permit::Verdict::kSuccess) {
    failures_in_row_ = 0;
    if (state_ == State::kHalfOpen) {
      open_for_ = options_.open_for;
      Enter(State::kClosed);
    }
  } else if (verdict == Permit::Verdict::kFailure) {
    if (state_ == State::kHalfOpen) {
      open_for_ = std::min(open_for_ * 2, options_.longest_open);
      Enter(State::kOpen);
    } else if (++failures_in_row_ >= options_.failures_to_open) {
      Enter(State::kOpen);
    }
  }
}

void CircuitBreaker::Enter(State state) {
  state_ = state;
  ++epoch_;
  failures_in_row_ = 0;
  trial_is_out_ = false;
  if (state == State::kOpen) opened_at_ = clock_.SteadyNow();
  if (listener_) listener_(state);
}

bool CircuitBreaker::IsOpenTimeOver() const { return clock_.SteadyNow() - opened_at_ >= open_for_; }

}  // namespace pgattic::resilience
