// Ending: waits for something in the AWS runtime whose end is told by a callback.
#pragma once

#include <condition_variable>
#include <mutex>

namespace pgattic::s3 {

/// One thing in the runtime. Thread-safe. Outlives the callback.
class Ending {
 public:
  /// The callback; `ending` is an Ending.
  static void Tell(void* ending) {
    auto* self = static_cast<Ending*>(ending);
    const std::lock_guard lock(self->mutex_);
    self->is_over_ = true;
    self->over_.notify_all();
  }
  /// Blocks until Tell was called.
  void Await() {
    std::unique_lock lock(mutex_);
    over_.wait(lock, [this] { return is_over_; });
  }

 private:
  std::mutex mutex_;  // Guards is_over_.
  std::condition_variable over_;
  bool is_over_ = false;
};

}  // namespace pgattic::s3
