#include "last_resort.h"

#include <utility>

namespace pgattic::app {
namespace {

constexpr std::chrono::milliseconds kPause{20};

}  // namespace

LastResort::LastResort(const OpContext& ctx, std::chrono::milliseconds patience,
                       std::function<void(const Status&)> end)
    : ctx_(ctx),
      patience_(patience),
      end_(std::move(end)),
      thread_([this](const std::stop_token& is_back) { Watch(is_back); }) {}

void LastResort::Watch(const std::stop_token& is_back) const {
  const auto wait = [&](std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, is_back, time, [] { return false; });
    return !is_back.stop_requested();
  };
  while (ctx_.Check().ok()) {
    if (!wait(kPause)) return;
  }
  if (wait(patience_)) end_(ctx_.Check());
}

}  // namespace pgattic::app
