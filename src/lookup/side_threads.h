// SideThreads: a few threads for what a request does beside its main work.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <queue>
#include <thread>
#include <vector>

namespace pgattic::lookup {

/// Threads that take a call only while one of them is free: who finds none free makes the call
/// itself, so that nothing ever waits for a thread. Thread-safe. Its destructor waits for calls
/// under way.
class SideThreads {
 public:
  explicit SideThreads(std::size_t count);
  ~SideThreads();
  SideThreads(const SideThreads&) = delete;
  SideThreads& operator=(const SideThreads&) = delete;

  /// Starts `call`, which must not throw, and returns what becomes ready when it is over;
  /// nullopt, and nothing was started, when no thread is free. Does not block.
  std::optional<std::future<void>> TryStart(std::function<void()> call);

 private:
  void Work(const std::stop_token& stop);

  std::mutex mutex_;  ///< Guards all below but the threads.
  std::condition_variable_any changed_;
  std::size_t free_;
  std::queue<std::packaged_task<void()>> tasks_;
  std::vector<std::jthread> threads_;  ///< Last: they use all above.
};

}  // namespace pgattic::lookup
