#include "archive/part_crew.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

namespace pgattic::archive {
namespace {

constexpr std::int64_t kWideRowBytes = std::int64_t{1} << 20U;

class PartCrew {
 public:
  PartCrew(const RunContext& run, std::vector<catalog::JournalPart>& parts, const PartWork& work)
      : run_(run), parts_(parts), work_(work) {}

  Status Run(int workers_wanted) {
    const int count = std::min(workers_wanted, static_cast<int>(parts_.size()));
    {
      std::vector<std::jthread> workers;
      for (int i = 0; i < count; ++i) workers.emplace_back([this] { Work(); });
    }
    const std::scoped_lock lock(mutex_);
    return std::move(failure_);
  }

 private:
  void Work() {
    Result<std::unique_ptr<pg::Connection>> connection =
        pg::Connection::Open(run_.ctx, run_.connect);
    if (!connection.ok()) return Fail(std::move(connection).status());
    while (!failed_) {
      const std::size_t index = next_++;
      if (index >= parts_.size()) return;
      Status status = work_(**connection, parts_[index]);
      if (!status.ok()) return Fail(std::move(status));
    }
  }

  void Fail(Status status) {
    failed_ = true;
    const std::scoped_lock lock(mutex_);
    if (failure_.ok()) failure_ = std::move(status);
  }

  const RunContext& run_;
  std::vector<catalog::JournalPart>& parts_;  ///< Each is touched by the one that took it.
  const PartWork& work_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;  // Guards failure_.
  Status failure_;
};

}  // namespace

int WorkerCount(const RunOptions& options) {
  if (options.workers > 0) return options.workers;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

Status WorkOnParts(const RunContext& run, const catalog::ArchiveRecord& record, std::int64_t rows,
                   std::vector<catalog::JournalPart>& parts, const PartWork& work) {
  const bool is_wide = record.relation_bytes / std::max<std::int64_t>(1, rows) > kWideRowBytes;
  return PartCrew(run, parts, work).Run(is_wide ? 1 : WorkerCount(run.options));
}

}  // namespace pgattic::archive
