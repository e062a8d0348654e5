// WorkerPool: a thread for each connection that is open, up to a limit.
#pragma once

#include <httplib.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace pgattic::http_server {

/// Threads are made when there is need and kept. Beyond `most` of them a connection is not
/// queued, it would wait behind others that stay: `fn` runs at once, with IsRefusing() true.
/// Thread-safe.
class WorkerPool final : public httplib::TaskQueue {
 public:
  explicit WorkerPool(std::size_t most) : most_(most) {}

  void enqueue(std::function<void()> fn) override;
  /// Blocks until all that was begun has ended.
  void shutdown() override;

  /// Within `fn`: there is no thread for it, it may only say so.
  static bool IsRefusing();

 private:
  void Work();

  const std::size_t most_;
  std::mutex mutex_;  ///< Guards all below.
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;  ///< No more than there are idle threads.
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool is_over_ = false;
};

}  // namespace pgattic::http_server
