// CircuitBreaker: a backend that is down is left alone for a while, then tried with one call.
//
//   std::optional<CircuitBreaker::Permit> permit = breaker.TryAcquire();
//   if (!permit) return {Code::kUnavailable, "…"};
//   Status status = backend.Call(ctx);
//   status.ok() ? permit->Succeeded() : permit->Failed();
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

#include "base/clock.h"

namespace pgattic::resilience {

/// When a breaker opens, and for how long.
struct CircuitBreakerOptions {
  /// Failures in a row that open it. 1 reacts at once, and to every hiccup.
  int failures_to_open = 5;
  /// How long it stays open the first time; doubled each time that the trial call fails.
  std::chrono::milliseconds open_for{1000};
  /// Upper bound of that: a backend that comes back is noticed at the latest after this.
  std::chrono::milliseconds longest_open{30'000};
};

/// Decides whether a backend is worth a call. Closed: every call is let through; too many
/// failures in a row open it. Open: none is, until its time is over. Half open: one trial call
/// at a time; its success closes the breaker, its failure opens it for twice as long.
/// Thread-safe. Outlives its permits.
class CircuitBreaker {
 public:
  enum class State { kClosed, kOpen, kHalfOpen };
  /// Called on every change, in order, under the breaker's lock: it must not call back.
  using Listener = std::function<void(State)>;

  /// Leave for one call. Say how it went, once; a permit that is dropped without a word (the
  /// caller gave up, the call was never made) counts as neither. Move-only.
  class Permit {
   public:
    Permit(Permit&& other) noexcept;
    Permit& operator=(Permit&&) = delete;
    ~Permit();

    /// The backend answered, be it with "not found".
    void Succeeded();
    /// The backend did not answer, or not in time.
    void Failed();

   private:
    friend class CircuitBreaker;
    enum class Verdict { kNone, kSuccess, kFailure };
    Permit(CircuitBreaker& breaker, std::uint64_t epoch) : breaker_(&breaker), epoch_(epoch) {}
    void Give(Verdict verdict);

    CircuitBreaker* breaker_;  ///< Null once used or moved from.
    std::uint64_t epoch_;
  };

  CircuitBreaker(Clock& clock, const CircuitBreakerOptions& options, Listener listener = {});
  CircuitBreaker(const CircuitBreaker&) = delete;
  CircuitBreaker& operator=(const CircuitBreaker&) = delete;

  /// Returns leave for one call, or nothing when the backend is to be left alone. Does not block.
  std::optional<Permit> TryAcquire();
  /// Returns the state as the next TryAcquire would see it.
  State state() const;

 private:
  void Take(std::uint64_t epoch, Permit::Verdict verdict);
  void Enter(State state);
  bool IsOpenTimeOver() const;

  Clock& clock_;
  const CircuitBreakerOptions options_;
  const Listener listener_;

  mutable std::mutex mutex_;  ///< Guards all below.
  State state_ = State::kClosed;
  /// Counts changes of state: the verdict of a call that began before the last one is void.
  std::uint64_t epoch_ = 0;
  int failures_in_row_ = 0;
  bool trial_is_out_ = false;
  std::chrono::milliseconds open_for_;
  std::chrono::steady_clock::time_point opened_at_;
};

}  // namespace pgattic::resilience
