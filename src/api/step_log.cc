#include "api/step_log.h"

#include <optional>

#include "catalog/step_times.h"

namespace pgattic::api {
namespace {

/// The step that an event ends; nullopt for one that ends none.
std::optional<metrics::Step> StepOf(model::Event event) {
  using model::Event;
  switch (event) {
    case Event::kPartsUploaded:
      return metrics::Step::kExport;
    case Event::kProven:
    case Event::kPartsRejected:
      return metrics::Step::kProof;
    case Event::kPublished:
      return metrics::Step::kPublish;
    case Event::kMarked:
      return metrics::Step::kMark;
    case Event::kSwapped:
      return metrics::Step::kSwap;
    case Event::kDropped:
      return metrics::Step::kDrop;
    case Event::kSwappedBack:
    case Event::kUnmarking:
    case Event::kRolledBack:
      return metrics::Step::kRollback;
    case Event::kRestored:
      return metrics::Step::kRestore;
    case Event::kExportStarted:
    case Event::kSourceChanged:
    case Event::kLateRowsFound:
    case Event::kTableLost:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

Status StepLog::Tell(const OpContext& ctx, metrics::JournalProbe& probe) {
  const std::lock_guard lock(mutex_);
  PGATTIC_ASSIGN_OR_RETURN(const pg::Pool::Lease session, pool_.Acquire(ctx));
  PGATTIC_ASSIGN_OR_RETURN(const auto times, catalog::StepTimesSince(ctx, *session, known_));
  for (const catalog::StepTime& time : times) {
    known_[time.archive_id] = time.revision;
    const std::optional<metrics::Step> step = StepOf(time.event);
    if (step) probe.StepTook(*step, time.seconds);
  }
  return Status::Ok();
}

}  // namespace pgattic::api
