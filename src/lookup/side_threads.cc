#include "lookup/side_threads.h"

#include <utility>

namespace pgattic::lookup {

SideThreads::SideThreads(std::size_t count) : free_(count) {
  for (std::size_t i = 0; i < count; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { Work(stop); });
  }
}

SideThreads::~SideThreads() = default;

std::optional<std::future<void>> SideThreads::TryStart(std::function<void()> call) {
  std::packaged_task<void()> task(std::move(call));
  std::future<void> over = task.get_future();
  {
    const std::lock_guard lock(mutex_);
    if (free_ == 0) return std::nullopt;
    --free_;
    tasks_.push(std::move(task));
  }
  changed_.notify_one();
  return over;
}

void SideThreads::Work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return !tasks_.empty(); })) {
    std::packaged_task<void()> task = std::move(tasks_.front());
    tasks_.pop();
    lock.unlock();
    task();
    lock.lock();
    ++free_;
  }
}

}  // namespace pgattic::lookup
