#include "archive/planner.h"

#include <algorithm>
#include <chrono>

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;

/// The instant before which a month must have ended, `months` back from now.
std::int64_t Cutoff(const OpContext& ctx, int months) {
  using namespace std::chrono;
  const auto now = ctx.clock().WallNow();
  const auto today = floor<days>(now);
  year_month_day day{today};
  day -= std::chrono::months(months);
  if (!day.ok()) day = day.year() / day.month() / last;
  const auto cutoff = sys_days(day) + (now - today);
  return duration_cast<microseconds>(cutoff.time_since_epoch()).count();
}

/// A partition that is at rest in its archive, or moving there, is not planned again.
std::string SettledReason(const PlanEntry& entry) {
  if (!entry.record) return "";
  const ArchiveRecord& record = *entry.record;
  if (record.state.phase == model::Phase::kDetached) {
    return "takes late rows; the table of this month stands aside until " + record.drop_after;
  }
  return "";
}

void Judge(const PlanContext& plan, std::int64_t cutoff, PlanEntry& entry) {
  if (entry.partition.unsupported_bounds.empty() && entry.partition.bounds.to_us > cutoff) {
    entry.reasons.push_back("younger than " + std::to_string(plan.options.retention_months) +
                            " months");
  }
  if (entry.partition.is_locked) {
    entry.reasons.emplace_back("locked by somebody for more than a second; look again later");
  } else if (entry.partition.is_empty && entry.partition.kind == 'r') {
    entry.reasons.emplace_back("empty");
  }
  if (std::string settled = SettledReason(entry); !settled.empty()) {
    entry.reasons.push_back(std::move(settled));
  }
  for (const catalog::Hazard& hazard : entry.hazards) {
    if (hazard.refuses) entry.reasons.push_back(hazard.message);
  }
  entry.eligible = entry.reasons.empty();
}

}  // namespace

Result<std::vector<PlanEntry>> PlanSource(const PlanContext& plan) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<catalog::Partition> partitions,
                           catalog::ListPartitions(plan.ctx, plan.connection, plan.source));
  std::vector<ArchiveRecord> records;
  if (plan.journal != nullptr) {
    PGATTIC_ASSIGN_OR_RETURN(records, plan.journal->List(plan.ctx));
  }
  const std::int64_t cutoff = Cutoff(plan.ctx, plan.options.retention_months);
  std::vector<PlanEntry> entries;
  for (const catalog::Partition& partition : partitions) {
    PlanEntry entry;
    entry.partition = partition;
    for (const ArchiveRecord& record : records) {
      if (record.source == plan.source.id && record.bounds.from_us == partition.bounds.from_us &&
          record.bounds.to_us == partition.bounds.to_us) {
        entry.record = record;
      }
    }
    entry.first_key =
        model::ObjectKeys(plan.source.id, partition.bounds, plan.options.is_games).Part(1, 0, true);
    if (!partition.is_locked) {
      PGATTIC_ASSIGN_OR_RETURN(
          entry.hazards,
          catalog::FindHazards(plan.ctx, plan.connection, plan.source, partition,
                               {plan.options.allow_publications, plan.options.is_games}));
    }
    Judge(plan, cutoff, entry);
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace pgattic::archive
