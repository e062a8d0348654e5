#include "service/work_hours.h"

#include <utility>
#include <vector>

#include "catalog/time_zone.h"
#include "model/bounds.h"

namespace pgattic::service {
namespace {

constexpr std::chrono::days kBack{100};
constexpr std::chrono::days kAhead{730};

}  // namespace

Result<Zone> LoadZone(const OpContext& ctx, pg::Connection& connection, const std::string& name) {
  if (name == "UTC") return Zone::Utc();
  const WallTime now = ctx.clock().WallNow();
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<catalog::OffsetChange> offsets,
                           catalog::LoadOffsets(ctx, connection, name, now - kBack, now + kAhead));
  std::vector<Zone::Change> changes;
  for (const catalog::OffsetChange& offset : offsets) changes.push_back({offset.at, offset.offset});
  return Zone(std::move(changes));
}

Result<archive::MayWork> WorkHours(const OpContext& ctx, pg::Connection& connection,
                                   const ScheduleSettings& settings) {
  if (settings.window.text() == "always") return archive::MayWork();
  PGATTIC_ASSIGN_OR_RETURN(const Zone zone, LoadZone(ctx, connection, settings.time_zone));
  return archive::MayWork(
      [zone, window = settings.window, name = settings.time_zone](WallTime now) -> Status {
        if (window.IsOpen(zone, now)) return Status::Ok();
        const WallTime opens = window.NextOpening(zone, now);
        return {Code::kDeferred, "outside the window " + window.text() + " (" + name +
                                     "), which opens at " +
                                     model::FormatInstant(opens.time_since_epoch().count()) +
                                     "; a run then goes on. --schedule-window always works now"};
      });
}

}  // namespace pgattic::service
