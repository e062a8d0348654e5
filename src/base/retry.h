// The one retry loop of pgattic.
#pragma once

#include <chrono>
#include <type_traits>
#include <utility>

#include "base/op_context.h"
#include "base/result.h"

namespace pgattic {

/// How often and how patiently to repeat a call whose error is of RetryClass::kSameCall.
struct RetryPolicy {
  int max_attempts = 4;                        ///< The first try included.
  std::chrono::milliseconds first_delay{100};  ///< Doubled after each failure.
  std::chrono::milliseconds max_delay{5000};   ///< Upper bound of one delay.
};

/// Returns the delay before try `attempt` + 1 (attempt counts from 1): at random between half
/// and all of a bound that doubles, so that many clients do not come back as one.
std::chrono::milliseconds RetryDelay(const RetryPolicy& policy, int attempt);

/// Calls `fn` (returning Status or Result<T>) until it succeeds, fails with an error that is
/// not of class kSameCall, the attempts are used up, or `ctx` is stopped or out of time.
/// kDeferred is not repeated here: the next run does. Blocks between the tries.
template <typename Fn>
auto WithRetry(const OpContext& ctx, const RetryPolicy& policy, Fn&& fn)
    -> std::invoke_result_t<Fn> {
  for (int attempt = 1;; ++attempt) {
    auto outcome = fn();
    if (outcome.ok() || attempt >= policy.max_attempts || outcome.Is(Code::kDeferred) ||
        TraitsOf(outcome.error().code).retry != RetryClass::kSameCall) {
      return outcome;
    }
    if (!ctx.SleepFor(RetryDelay(policy, attempt)).ok()) return outcome;
  }
}

}  // namespace pgattic
