#include "lookup/filters_ahead.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace pgattic::lookup {
namespace {

/// 24 bits (docs/format.md).
constexpr std::int64_t kBytesAnId = 3;
constexpr std::chrono::seconds kForOne{10};
constexpr std::chrono::milliseconds kLongestPause = std::chrono::hours(1);

/// What the filters of all parts take, about.
std::int64_t BytesOf(const catalog::Picture& picture) {
  std::int64_t bytes = 0;
  for (const catalog::ArchivePlace& archive : picture.archives) {
    for (const model::PartRecord& part : archive.parts) {
      bytes += kBytesAnId * part.rows;
    }
  }
  return bytes;
}

}  // namespace

FiltersAhead::FiltersAhead(Parts& parts, std::int64_t most_bytes,
                           std::chrono::milliseconds until_again)
    : parts_(parts),
      most_bytes_(most_bytes),
      until_again_(until_again),
      thread_([this](const std::stop_token& stop) { Work(stop); }) {}

void FiltersAhead::Load(std::shared_ptr<const catalog::Picture> picture) {
  {
    const std::lock_guard lock(mutex_);
    wanted_ = std::move(picture);
  }
  changed_.notify_one();
}

void FiltersAhead::Work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  std::chrono::milliseconds pause = until_again_;
  while (changed_.wait(lock, stop, [&] { return wanted_ != nullptr; }) && !stop.stop_requested()) {
    const auto picture = std::exchange(wanted_, nullptr);
    lock.unlock();
    const bool is_done = BytesOf(*picture) > most_bytes_ || LoadAll(*picture, stop);
    lock.lock();
    if (is_done) {
      pause = until_again_;
      continue;
    }
    const bool is_newer = changed_.wait_for(lock, stop, pause, [&] { return wanted_ != nullptr; });
    pause = std::min<std::chrono::milliseconds>(2 * pause, std::max(kLongestPause, until_again_));
    if (!is_newer) wanted_ = picture;
  }
}

bool FiltersAhead::LoadAll(const catalog::Picture& picture, const std::stop_token& stop) const {
  bool has_all = true;
  int failures = 0;  // In a row.
  for (const catalog::ArchivePlace& archive : picture.archives) {
    for (const model::PartRecord& part : archive.parts) {
      if (stop.stop_requested()) return false;
      if (part.filter_etag.empty() || parts_.ProbablyHolds(part, part.min_id)) continue;
      const OpContext ctx = OpContext().WithStop(stop).WithDeadline(kForOne);
      parts_.MayHold(ctx, part, {});
      failures = parts_.ProbablyHolds(part, part.min_id) ? 0 : failures + 1;
      has_all = has_all && failures == 0;
      if (failures > 1) return false;
    }
  }
  return has_all;
}

}  // namespace pgattic::lookup
