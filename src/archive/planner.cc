#include "archive/planner.h"

#include <algorithm>
#include <set>

#include "archive/rollout.h"
#include "catalog/restoring.h"

namespace pgattic::archive {
namespace {

using catalog::ArchiveRecord;

/// A partition that is at rest in its archive, or moving there, is not planned again.
std::string SettledReason(const PlanEntry& entry) {
  if (!entry.record) return "";
  const ArchiveRecord& record = *entry.record;
  if (record.state.phase == model::Phase::kDetached) {
    return "takes late rows; the table of this month stands aside until " + record.drop_after;
  }
  return "";
}

/// How old a partition has to be, and the words for what is younger.
struct Age {
  std::int64_t cutoff = 0;
  std::string too_young;
};

Result<Age> AgeOf(const PlanContext& plan) {
  catalog::RolloutRecord rollout;
  if (plan.journal != nullptr && !plan.options.rollout.empty()) {
    PGATTIC_ASSIGN_OR_RETURN(
        rollout, catalog::RolloutJournal(plan.connection).Load(plan.ctx, plan.source.id));
  }
  const int months = RetentionMonths(plan.options, rollout);
  Age age{Cutoff(plan.ctx.clock().WallNow(), months),
          "younger than " + std::to_string(months) + " months"};
  if (!plan.options.rollout.empty()) {
    age.too_young += ", stage " + std::to_string(rollout.stage) + " of its roll-out";
  }
  return age;
}

void Judge(const Age& age, bool is_held, PlanEntry& entry) {
  if (entry.partition.unsupported_bounds.empty() && entry.partition.bounds.to_us > age.cutoff) {
    entry.reasons.push_back(age.too_young);
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
  if (!is_held || !entry.eligible) return;
  entry.eligible = false;
  entry.is_held = true;
  entry.reasons.push_back(
      "was restored; it is archived again only by name: `pgattic archive "
      "--partition " +
      entry.partition.name.name + "`");
}

}  // namespace

Result<std::vector<PlanEntry>> PlanSource(const PlanContext& plan) {
  PGATTIC_ASSIGN_OR_RETURN(const std::vector<catalog::Partition> partitions,
                           catalog::ListPartitions(plan.ctx, plan.connection, plan.source));
  std::vector<ArchiveRecord> records;
  std::set<std::int64_t> held;
  if (plan.journal != nullptr) {
    PGATTIC_ASSIGN_OR_RETURN(records, plan.journal->List(plan.ctx));
    PGATTIC_ASSIGN_OR_RETURN(held, catalog::RestoreJournal(plan.connection).Held(plan.ctx));
  }
  PGATTIC_ASSIGN_OR_RETURN(const Age age, AgeOf(plan));
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
    Judge(age, entry.record && held.contains(entry.record->id), entry);
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace pgattic::archive
