// Pacer: how a run gives way: to a limit of its own, to standbys, to long transactions, to hours.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/op_context.h"
#include "base/result.h"
#include "pg/connection.h"
#include "resilience/rate_limiter.h"

namespace pgattic::archive {

/// What a run gives way to; 0 is no limit. A plain value.
struct PacingOptions {
  std::int64_t max_read_bytes = 0;  ///< A second, of COPY, all workers together.
  std::int64_t max_read_rows = 0;   ///< The same in rows.
  std::chrono::milliseconds max_replica_lag{0};
  std::chrono::milliseconds max_transaction_age{0};
  std::chrono::milliseconds look_again{5'000};    ///< While it gives way.
  std::chrono::milliseconds patience{1'800'000};  ///< Then the run is deferred.
};

/// Says whether work may be done at `now`: Deferred, with until when, where it may not.
using MayWork = std::function<Status(WallTime now)>;

/// Paces one run. Thread-safe: its workers share it. The clock outlives it.
class Pacer {
 public:
  /// `may_work` may be empty.
  Pacer(Clock& clock, const PacingOptions& options, MayWork may_work = {});

  /// Counts what was read, and blocks until it was earned. Errors: those of `ctx`.
  Status Read(const OpContext& ctx, std::int64_t bytes, std::int64_t rows);

  /// Before a part, a batch or a step, when no lock and no snapshot is held: blocks while a
  /// standby lags or somebody's transaction is too old. Deferred when that takes longer than the
  /// patience, or when no work may be done at this hour: nothing was changed, and the next run
  /// goes on. PermissionDenied when the role cannot see what it is to give way to.
  Status AtSafePoint(const OpContext& ctx, pg::Connection& connection);

  /// How often it has given way so far.
  int pauses() const { return pauses_; }

 private:
  /// Returns whom to give way to, for a person; "" for nobody.
  Result<std::string> InTheWay(const OpContext& ctx, pg::Connection& connection) const;

  Clock& clock_;
  const PacingOptions options_;
  const MayWork may_work_;
  std::optional<resilience::RateLimiter> bytes_;
  std::optional<resilience::RateLimiter> rows_;
  std::atomic<int> pauses_{0};
};

}  // namespace pgattic::archive
