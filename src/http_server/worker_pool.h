// WorkerPool: a thread for each connection that is open, up to a limit.
#pragma once

#include <httplib.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace pgattic::http_server {

struct WorkerPoolOptions {
  std::size_t most = 1;               ///< Threads.
  std::function<void()> on_end = {};  ///< Called once, when no more connections will come.
  /// Begins a thread. std::system_error where the system has none to give.
  std::function<std::thread(std::function<void()>)> begin = [](std::function<void()> work) {
    return std::thread(std::move(work));
  };
};

/// Threads are made when there is need and kept. Where there are `most`, or no more can be had, a
/// connection is not queued, it would wait behind others that stay: `fn` runs at once, with
/// IsRefusing() true. Thread-safe.
class WorkerPool final : public httplib::TaskQueue {
 public:
  explicit WorkerPool(WorkerPoolOptions options) : options_(std::move(options)) {}

  void enqueue(std::function<void()> fn) override;
  /// Blocks until all that was begun has ended.
  void shutdown() override;

  /// Within `fn`: there is no thread for it, it may only say so.
  static bool IsRefusing();

 private:
  /// False where no thread is free for `fn`, nor can be made.
  bool TryQueue(std::function<void()>& fn);
  /// False when there are enough threads, or no more can be had. With the lock.
  bool TryBegin();
  void Work();

  const WorkerPoolOptions options_;
  std::mutex mutex_;  ///< Guards all below.
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;  ///< No more than there are idle threads.
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool is_over_ = false;
};

}  // namespace pgattic::http_server
