#include "http_server/worker_pool.h"

#include <system_error>
#include <utility>

namespace pgattic::http_server {
namespace {

thread_local bool t_is_refusing = false;

}  // namespace

bool WorkerPool::IsRefusing() { return t_is_refusing; }

void WorkerPool::enqueue(std::function<void()> fn) {
  if (TryQueue(fn)) return;
  t_is_refusing = true;
  fn();
  t_is_refusing = false;
}

bool WorkerPool::TryQueue(std::function<void()>& fn) {
  const std::lock_guard lock(mutex_);
  const bool is_one_free = idle_ > waiting_.size();
  if (!is_one_free && !TryBegin()) return false;
  waiting_.push_back(std::move(fn));
  changed_.notify_one();
  return true;
}

bool WorkerPool::TryBegin() {
  if (threads_.size() >= options_.most) return false;
  try {
    threads_.push_back(options_.begin([this] { Work(); }));
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

void WorkerPool::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [this] { return is_over_ || !waiting_.empty(); });
    --idle_;
    if (waiting_.empty()) return;
    const std::function<void()> fn = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    fn();
    lock.lock();
  }
}

void WorkerPool::shutdown() {
  if (options_.on_end) options_.on_end();
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
    threads.swap(threads_);
    changed_.notify_all();
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace pgattic::http_server
