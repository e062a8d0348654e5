// LastLook: what was seen last, good for a moment; whoever asks while one looks shares that look.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <utility>

#include "base/clock.h"
#include "base/op_context.h"
#include "base/result.h"
#include "resilience/single_flight.h"

namespace pgattic::resilience {

/// For what is dear to look at and may be a moment old. Thread-safe. Outlives its calls; the clock
/// outlives it.
template <typename T>
class LastLook {
 public:
  using Shared = std::shared_ptr<const T>;

  LastLook(Clock& clock, std::chrono::steady_clock::duration good_for)
      : clock_(clock), good_for_(good_for) {}

  /// Returns what `look` (returning Result<T>) saw, now or a moment ago, on this or on another
  /// thread; one looks at a time. Never null. Errors: those of `look`, which are not kept;
  /// Cancelled or DeadlineExceeded when `ctx` ends while another one looks.
  template <typename Look>
  Result<Shared> Get(const OpContext& ctx, const Look& look) {
    if (Shared good = Good()) return good;
    PGATTIC_ASSIGN_OR_RETURN(const auto got, looks_.Do(ctx, 0, [&]() -> Result<Shared> {
      // Another look may have ended since.
      if (Shared good = Good()) return good;
      PGATTIC_ASSIGN_OR_RETURN(T seen, look());
      return Keep(std::make_shared<const T>(std::move(seen)));
    }));
    return *got.value;
  }

  /// Returns what was seen last, however old; null before anything was.
  Shared last() const {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  Shared Good() const {
    const std::lock_guard lock(mutex_);
    return last_ && clock_.SteadyNow() - seen_at_ < good_for_ ? last_ : nullptr;
  }
  Shared Keep(Shared seen) {
    const std::lock_guard lock(mutex_);
    last_ = std::move(seen);
    seen_at_ = clock_.SteadyNow();
    return last_;
  }

  Clock& clock_;
  const std::chrono::steady_clock::duration good_for_;
  SingleFlight<int, Shared> looks_;
  mutable std::mutex mutex_;  ///< Guards all below; never held while looking.
  Shared last_;
  std::chrono::steady_clock::time_point seen_at_;
};

}  // namespace pgattic::resilience
