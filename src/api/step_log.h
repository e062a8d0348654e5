// StepLog: how long the steps of archives took, told to Prometheus once each.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>

#include "base/op_context.h"
#include "base/result.h"
#include "metrics/journal_probe.h"
#include "pg/pool.h"

namespace pgattic::api {

/// Reads the journal's events: they outlive the runs of `pgattic archive`, whichever machine those
/// were on, so every service that reads the journal tells the same, also after a restart.
/// Thread-safe. The pool outlives it.
class StepLog {
 public:
  explicit StepLog(pg::Pool& pool) : pool_(pool) {}

  /// Tells `probe` of the steps that ended since the last call; of all at the first. Blocks.
  Status Tell(const OpContext& ctx, metrics::JournalProbe& probe);

 private:
  pg::Pool& pool_;
  std::mutex mutex_;                            ///< Guards all below; held while reading.
  std::map<std::int64_t, std::int64_t> known_;  ///< Of each archive, the revision told last.
};

}  // namespace pgattic::api
