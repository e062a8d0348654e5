// RateLimiter: a token bucket, for requests a second (429) and for bytes a second (pacing).
#pragma once

#include <chrono>
#include <mutex>

#include "base/op_context.h"
#include "base/result.h"

namespace pgattic::resilience {

/// How much is let through.
struct RateLimiterOptions {
  double per_second = 100;  ///< In the long run. REQUIRES: > 0.
  double burst = 100;       ///< At once, after a pause. REQUIRES: > 0.
};

/// A bucket of `burst` tokens that fills by `per_second`. Full at the start. Thread-safe.
class RateLimiter {
 public:
  RateLimiter(Clock& clock, const RateLimiterOptions& options);

  /// Takes `tokens` if they are there. Does not block. More than `burst` at once is never there.
  bool TryTake(double tokens = 1);

  /// Returns how long until TryTake(tokens) may succeed, rounded up: what Retry-After says. For
  /// more than `burst`, how long until the bucket is full.
  std::chrono::milliseconds TimeUntil(double tokens = 1) const;

  /// Takes `tokens` now, on credit if need be, and blocks until they are earned: whoever comes
  /// next waits for that too. Takes more than `burst` as well. Cancelled or DeadlineExceeded
  /// when `ctx` ends first; the tokens stay taken. REQUIRES: `ctx` runs on the same clock.
  Status Take(const OpContext& ctx, double tokens);

 private:
  void Refill() const;
  std::chrono::milliseconds TimeToEarn(double missing) const;

  Clock& clock_;
  const RateLimiterOptions options_;
  mutable std::mutex mutex_;  ///< Guards all below.
  mutable double tokens_;     ///< Negative: owed.
  mutable std::chrono::steady_clock::time_point filled_at_;
};

}  // namespace pgattic::resilience
