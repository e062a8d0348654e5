#include "resilience/rate_limiter.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace pgattic::resilience {

using std::chrono::milliseconds;

RateLimiter::RateLimiter(Clock& clock, const RateLimiterOptions& options)
    : clock_(clock), options_(options), tokens_(options.burst), filled_at_(clock.SteadyNow()) {
  PGATTIC_CHECK(options.per_second > 0 && options.burst > 0, "a rate limiter that lets nothing by");
}

bool RateLimiter::TryTake(double tokens) {
  const std::lock_guard lock(mutex_);
  Refill();
  if (tokens_ < tokens) return false;
  tokens_ -= tokens;
  return true;
}

milliseconds RateLimiter::TimeUntil(double tokens) const {
  const std::lock_guard lock(mutex_);
  Refill();
  return TimeToEarn(std::min(tokens, options_.burst) - tokens_);
}

Status RateLimiter::Take(const OpContext& ctx, double tokens) {
  milliseconds debt{0};
  {
    const std::lock_guard lock(mutex_);
    Refill();
    tokens_ -= tokens;
    debt = TimeToEarn(-tokens_);
  }
  return debt.count() == 0 ? ctx.Check() : ctx.SleepFor(debt);
}

void RateLimiter::Refill() const {
  const auto now = clock_.SteadyNow();
  const std::chrono::duration<double> passed = now - filled_at_;
  // Another thread may have read the clock later and come here first.
  if (passed.count() <= 0) return;
  tokens_ = std::min(options_.burst, tokens_ + passed.count() * options_.per_second);
  filled_at_ = now;
}

milliseconds RateLimiter::TimeToEarn(double missing) const {
  if (missing <= 0) return milliseconds(0);
  // A year at the most, so that the cast is defined whatever is asked for.
  constexpr double kLongestMs = 365.0 * 24 * 3600 * 1000;
  return milliseconds(static_cast<milliseconds::rep>(
      std::min(std::ceil(missing / options_.per_second * 1000), kLongestMs)));
}

}  // namespace pgattic::resilience
