// InParallel: a bounded number of threads for a few calls that wait.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <system_error>
#include <thread>
#include <vector>

namespace pgattic::lookup {

/// Calls fn(0) … fn(count - 1), at most `limit` at a time, this thread being one of them: where
/// the system gives no more threads, the ones that there are do it all. Blocks until all are over.
/// REQUIRES: limit > 0; `fn` may be called from several threads.
template <typename Fn>
void InParallel(std::size_t count, std::size_t limit, const Fn& fn) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) fn(i);
  };
  std::vector<std::jthread> others;
  try {
    for (std::size_t i = 1; i < std::min(count, limit); ++i) others.emplace_back(work);
  } catch (const std::system_error&) {
    // The system is at its limit.
  }
  work();
}

}  // namespace pgattic::lookup
