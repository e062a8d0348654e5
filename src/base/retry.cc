#include "base/retry.h"

#include <algorithm>
#include <cstdint>
#include <random>

namespace pgattic {

std::chrono::milliseconds RetryDelay(const RetryPolicy& policy, int attempt) {
  const int shift = std::clamp(attempt - 1, 0, 20);
  const std::int64_t bound =
      std::min(policy.max_delay.count(), policy.first_delay.count() << shift);
  thread_local std::minstd_rand generator{std::random_device{}()};
  std::uniform_int_distribution<std::int64_t> spread(bound / 2, std::max(bound, bound / 2));
  return std::chrono::milliseconds(spread(generator));
}

}  // namespace pgattic
