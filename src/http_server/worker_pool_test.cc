#include "http_server/worker_pool.h"

#include <gtest/gtest.h>

#include <future>
#include <system_error>

namespace pgattic::http_server {
namespace {

/// Whether a connection was refused.
std::future<bool> Enqueue(WorkerPool& pool) {
  auto refused = std::make_shared<std::promise<bool>>();
  std::future<bool> told = refused->get_future();
  pool.enqueue([refused] { refused->set_value(WorkerPool::IsRefusing()); });
  return told;
}

TEST(WorkerPoolTest, RefusesAConnectionForWhichNoThreadCanBeHad) {
  bool has_threads = false;
  WorkerPool pool({.most = 2, .begin = [&](std::function<void()> work) {
                     if (!has_threads) {
                       throw std::system_error(
                           std::make_error_code(std::errc::resource_unavailable_try_again));
                     }
                     return std::thread(std::move(work));
                   }});
  EXPECT_TRUE(Enqueue(pool).get());
  has_threads = true;
  EXPECT_FALSE(Enqueue(pool).get()) << "the next one gets its thread";
  pool.shutdown();
}

TEST(WorkerPoolTest, RefusesWhatIsBeyondItsThreads) {
  WorkerPool pool({.most = 1});
  std::promise<void> begun;
  std::promise<void> release;
  pool.enqueue([&] {
    begun.set_value();
    release.get_future().wait();
  });
  begun.get_future().wait();
  EXPECT_TRUE(Enqueue(pool).get());
  release.set_value();
  pool.shutdown();
}

TEST(WorkerPoolTest, TellsBeforeItWaitsForWhatWasBegun) {
  std::promise<void> release;
  WorkerPool pool({.most = 1, .on_end = [&] { release.set_value(); }});
  pool.enqueue([&] { release.get_future().wait(); });
  pool.shutdown();
}

}  // namespace
}  // namespace pgattic::http_server
