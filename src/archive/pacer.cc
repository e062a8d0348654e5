#include "archive/pacer.h"

#include <utility>

#include "base/log.h"
#include "catalog/disturbance.h"

namespace pgattic::archive {
namespace {

using std::chrono::milliseconds;

/// What a second gives may be taken at once: rows are read in gusts.
resilience::RateLimiterOptions ASecondOf(std::int64_t rate) {
  return {static_cast<double>(rate), static_cast<double>(rate)};
}

std::string Seconds(milliseconds time) { return std::to_string(time.count() / 1000) + " s"; }

}  // namespace

Pacer::Pacer(Clock& clock, const PacingOptions& options, MayWork may_work)
    : clock_(clock), options_(options), may_work_(std::move(may_work)) {
  if (options.max_read_bytes > 0) bytes_.emplace(clock, ASecondOf(options.max_read_bytes));
  if (options.max_read_rows > 0) rows_.emplace(clock, ASecondOf(options.max_read_rows));
}

Status Pacer::Read(const OpContext& ctx, std::int64_t bytes, std::int64_t rows) {
  if (bytes_) PGATTIC_RETURN_IF_ERROR(bytes_->Take(ctx, static_cast<double>(bytes)));
  if (rows_ && rows > 0) PGATTIC_RETURN_IF_ERROR(rows_->Take(ctx, static_cast<double>(rows)));
  return Status::Ok();
}

Result<std::string> Pacer::InTheWay(const OpContext& ctx, pg::Connection& connection) const {
  if (options_.max_replica_lag.count() > 0) {
    PGATTIC_ASSIGN_OR_RETURN(const catalog::Disturbance lag,
                             catalog::WorstReplicaLag(ctx, connection));
    if (lag.time > options_.max_replica_lag) return lag.who + " lags by " + Seconds(lag.time);
  }
  if (options_.max_transaction_age.count() > 0) {
    PGATTIC_ASSIGN_OR_RETURN(const catalog::Disturbance oldest,
                             catalog::OldestTransaction(ctx, connection));
    if (oldest.time > options_.max_transaction_age) {
      return "the transaction of " + oldest.who + " runs for " + Seconds(oldest.time);
    }
  }
  return std::string();
}

Status Pacer::AtSafePoint(const OpContext& ctx, pg::Connection& connection) {
  const auto give_up_at = clock_.SteadyNow() + options_.patience;
  while (true) {
    if (may_work_) PGATTIC_RETURN_IF_ERROR(may_work_(clock_.WallNow()));
    PGATTIC_ASSIGN_OR_RETURN(const std::string who, InTheWay(ctx, connection));
    if (who.empty()) return Status::Ok();
    if (clock_.SteadyNow() >= give_up_at) {
      return {Code::kDeferred, "gave way for " + Seconds(options_.patience) + ": " + who +
                                   "; the next run goes on where this one stopped"};
    }
    ++pauses_;
    log::Write(log::Level::kInfo, "run-gives-way", {{"to", who}});
    PGATTIC_RETURN_IF_ERROR(ctx.SleepFor(options_.look_again));
  }
}

}  // namespace pgattic::archive
