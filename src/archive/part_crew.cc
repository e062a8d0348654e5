#include "archive/part_crew.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

namespace pgattic::archive {
namespace {

constexpr std::int64_t kWideRowBytes = std::int64_t{1} << 20U;

using IndexWork = std::function<Status(pg::Connection&, std::size_t index)>;

class PartCrew {
 public:
  PartCrew(const RunContext& run, std::size_t items, const IndexWork& work)
      : run_(run), items_(items), work_(work) {}

  Status Run(int workers_wanted) {
    const int count = std::min(workers_wanted, static_cast<int>(items_));
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
      if (index >= items_) return;
      Status status = run_.AtSafePoint(**connection);
      if (status.ok()) status = work_(**connection, index);
      if (!status.ok()) return Fail(std::move(status));
    }
  }

  void Fail(Status status) {
    failed_ = true;
    const std::scoped_lock lock(mutex_);
    if (failure_.ok()) failure_ = std::move(status);
  }

  const RunContext& run_;
  const std::size_t items_;
  const IndexWork& work_;
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

int WorkersFor(const RunOptions& options, std::int64_t bytes, std::int64_t rows) {
  const bool is_wide = bytes / std::max<std::int64_t>(1, rows) > kWideRowBytes;
  return is_wide ? 1 : WorkerCount(options);
}

int WorkersFor(const RunOptions& options, const std::vector<catalog::JournalPart>& parts) {
  std::int64_t bytes = 0;
  std::int64_t rows = 0;
  for (const catalog::JournalPart& part : parts) {
    bytes += part.record.raw_bytes;
    rows += part.record.rows;
  }
  return WorkersFor(options, bytes, rows);
}

Status WorkInCrew(const RunContext& run, int workers, std::size_t count,
                  const std::function<Status(pg::Connection&, std::size_t index)>& work) {
  return PartCrew(run, count, work).Run(workers);
}

Status WorkOnParts(const RunContext& run, const catalog::ArchiveRecord& record, std::int64_t rows,
                   std::vector<catalog::JournalPart>& parts, const PartWork& work) {
  // Each part is touched by the one that took it.
  return WorkInCrew(run, WorkersFor(run.options, record.relation_bytes, rows), parts.size(),
                    [&](pg::Connection& connection, std::size_t index) {
                      return work(connection, parts[index]);
                    });
}

}  // namespace pgattic::archive
